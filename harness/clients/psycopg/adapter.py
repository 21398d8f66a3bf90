"""Adapter of the driver psycopg 3: one request a line on standard input, one reply a line on standard output.

The words are those of harness/clients/README.md. The driver's wheel brings libpq 18, which speaks protocol 3.2 where it is
told to; what it and the server agreed on is told in the reply to `connect`.
"""

import datetime
import json
import os
import re
import sys
import threading

import psycopg
from psycopg import sql

# How long a notification may take, in seconds.
WAIT = 5

# The outcome of an error that only libpq's text tells; session.rs of psql has the same lists.
UNREACHABLE = (
    "Connection refused",
    "could not translate host name",
    "failed to resolve host",
    "No route to host",
    "Network is unreachable",
    "timeout expired",
    "Connection timed out",
)
CLOSED = (
    "server closed the connection unexpectedly",
    "SSL connection has been closed unexpectedly",
    "Connection reset by peer",
    "Broken pipe",
    "EOF detected",
    "the connection is closed",
    "the connection is lost",
)


class Refused(Exception):
    """Carries a reply out of the function that found the reason for it."""

    def __init__(self, reply):
        super().__init__()
        self.reply = reply


def unsupported(reason):
    return Refused({"outcome": "unsupported", "reason": reason})


def broken(reason):
    return Refused({"outcome": "broken", "reason": reason})


class Adapter:
    def __init__(self):
        self.connections = {}
        # What `begin` opened on those that commit by themselves.
        self.begun = {}

    def connection(self, request):
        name = request.get("name", "main")
        if name not in self.connections:
            raise broken(f'no connection "{name}" is open')
        return self.connections[name]

    def hello(self, request):
        libpq = psycopg.pq.version()
        version = f"{psycopg.__version__} (libpq {libpq // 10000}.{libpq % 10000})"
        return {"outcome": "ok", "driver": "psycopg", "version": version}

    def connect(self, request):
        ssl = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation")
        same = ("host", "port", "user", "password", *ssl)
        known = (*same, "operation", "name", "hosts", "database", "verify", "autocommit", "options")
        for field in request:
            if field not in known:
                raise broken(f'connect: no field "{field}"')
        arguments = {name: request[name] for name in same if request.get(name) is not None}
        if request.get("database") is not None:
            arguments["dbname"] = request["database"]
        if request.get("hosts"):
            pairs = [address.rpartition(":") for address in request["hosts"]]
            arguments["host"] = ",".join(host for host, _, _ in pairs)
            arguments["port"] = ",".join(port for _, _, port in pairs)
        arguments.update(option.split("=", 1) for option in request.get("options", []))
        if "max_protocol_version" in arguments and psycopg.pq.version() < 180000:
            raise unsupported("libpq before 18 knows protocol 3.0 only")
        if request.get("verify") is not None and request.get("sslmode", "").startswith("verify-"):
            raise broken("verify=none and a sslmode that verifies")
        # A second connection of the same name replaces the first, even if it fails.
        name = request.get("name", "main")
        if name in self.connections:
            self.connections.pop(name).close()
        # The driver sends parameters for `$1` itself only through this cursor.
        connection = psycopg.connect(cursor_factory=psycopg.RawCursor, **arguments)
        if request.get("autocommit", True) not in (False, "false"):
            connection.autocommit = True
        self.connections[name] = connection
        agreed = connection.pgconn.full_protocol_version
        return {"outcome": "ok", "protocol": f"{agreed // 10000}.{agreed % 10000}"}

    def query(self, request):
        if request.get("params"):
            raise broken("query: it takes no parameters")
        return self.run(request, None)

    def execute(self, request):
        return self.run(request, request.get("params") or None)

    def run(self, request, params):
        if "escape" in request:
            raise unsupported("its adapter has no escape")
        connection = self.connection(request)
        with connection.cursor() as cursor:
            canceller = threading.Timer(request.get("cancel", 0) / 1000, connection.cancel_safe)
            if "cancel" in request:
                canceller.start()
            try:
                if "fetch" in request:
                    rows = list(cursor.stream(request["sql"], params, size=request["fetch"]))
                    return self.rows(cursor, rows)
                cursor.execute(request["sql"], params)
            finally:
                canceller.cancel()
            while cursor.nextset():
                pass
            if cursor.description is not None:
                return self.rows(cursor, cursor.fetchall())
            reply = {"outcome": "done", "tag": cursor.statusmessage, "rowcount": cursor.rowcount}
            if reply["tag"] is None:
                del reply["tag"]
            return reply

    def rows(self, cursor, rows):
        reply = {"outcome": "rows", "columns": [column.name for column in cursor.description]}
        reply["rows"] = [[text(value) for value in row] for row in rows]
        if cursor.statusmessage is not None:
            reply["tag"] = cursor.statusmessage
        reply["rowcount"] = cursor.rowcount
        return reply

    def batch(self, request):
        connection = self.connection(request)
        if "statements" in request:
            items = [(statement, None) for statement in request["statements"]]
        else:
            items = [(request["sql"], params) for params in request["params"]]
        with connection.pipeline():
            cursors = [connection.execute(statement, params) for statement, params in items]
        return {"outcome": "counts", "counts": [cursor.rowcount for cursor in cursors]}

    def begin(self, request):
        connection = self.connection(request)
        if "isolation" in request:
            level = request["isolation"].upper().replace(" ", "_")
            connection.isolation_level = psycopg.IsolationLevel[level]
        if "readonly" in request:
            connection.read_only = request["readonly"]
        if "deferrable" in request:
            connection.deferrable = request["deferrable"]
        # What a program does by `with connection.transaction()`. Without autocommit, the next statement sends BEGIN.
        if connection.autocommit:
            transaction = connection.transaction()
            transaction.__enter__()
            self.begun[connection] = transaction
        return {"outcome": "ok"}

    def copy(self, request):
        columns = sql.SQL(", ").join(map(sql.Identifier, request["columns"]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(request["table"]), columns)
        connection = self.connection(request)
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in request["rows"]:
                    copy.write_row(row)
            return {"outcome": "done", "rowcount": cursor.rowcount}

    def listen(self, request):
        self.connection(request).execute(sql.SQL("LISTEN {}").format(sql.Identifier(request["channel"])))
        return {"outcome": "ok"}

    def notified(self, request):
        for heard in self.connection(request).notifies(timeout=WAIT, stop_after=1):
            return {"outcome": "notified", "channel": heard.channel, "payload": heard.payload}
        return {"outcome": "error", "message": f"no notification within {WAIT} s"}

    def commit(self, request):
        return self.end(request, psycopg.Connection.commit, None)

    def rollback(self, request):
        return self.end(request, psycopg.Connection.rollback, psycopg.Rollback())

    def end(self, request, without, reason):
        connection = self.connection(request)
        transaction = self.begun.pop(connection, None)
        if transaction is None:
            without(connection)
            return {"outcome": "ok"}
        try:
            transaction.__exit__(type(reason) if reason else None, reason, None)
        finally:
            connection.isolation_level = connection.read_only = connection.deferrable = None
        return {"outcome": "ok"}

    def close(self, request):
        connection = self.connection(request)
        del self.connections[request.get("name", "main")]
        self.begun.pop(connection, None)
        connection.close()
        return {"outcome": "ok"}

    def script(self, request):
        raise unsupported("it is no command-line program")

    def tables(self, request):
        raise unsupported("the driver has no list of tables")

    OPERATIONS = {
        "hello": hello,
        "connect": connect,
        "query": query,
        "execute": execute,
        "batch": batch,
        "script": script,
        "begin": begin,
        "copy": copy,
        "tables": tables,
        "listen": listen,
        "notified": notified,
        "commit": commit,
        "rollback": rollback,
        "close": close,
    }

    def perform(self, line):
        try:
            request = json.loads(line)
            operation = request["operation"]
            work = self.OPERATIONS[operation]
        except (ValueError, TypeError, KeyError):
            # Without a word of the line, which may hold a password.
            return {"outcome": "broken", "reason": "no request with an operation that is known"}
        try:
            return work(self, request)
        except Refused as refused:
            return refused.reply
        except psycopg.Error as error:
            return failure(error)
        except KeyError as field:
            return {"outcome": "broken", "reason": f"{operation}: no {field}"}
        except Exception as error:
            return {"outcome": "error", "message": f"{type(error).__name__}: {error}"}


def failure(error):
    """The outcome that an exception of the driver's is."""
    message = str(error).rstrip()
    if error.sqlstate is not None and error.diag.message_primary is not None:
        diagnosis = error.diag
        return {
            "outcome": "error",
            "sqlstate": error.sqlstate,
            "severity": diagnosis.severity_nonlocalized or diagnosis.severity,
            "message": diagnosis.message_primary,
        }
    # The last attempt counts: with sslmode=prefer there may have been one with TLS and one without.
    server = re.match(r".*failed: (ERROR|FATAL|PANIC):  ([^\n]*)", message, re.DOTALL)
    if server:
        return {"outcome": "error", "severity": server[1], "message": server[2]}
    if any(words in message for words in UNREACHABLE):
        return {"outcome": "unreachable", "message": message}
    if any(words in message for words in CLOSED):
        return {"outcome": "closed", "message": message}
    return {"outcome": "error", "message": f"{type(error).__name__}: {message}"}


def text(value):
    """What the driver made of a value, written."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (memoryview, bytes)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def main():
    # libpq looks into the home folder for passwords and certificates; Python itself had no more use for it.
    os.environ["HOME"] = os.environ["PGPASSFILE"] = "/nonexistent"
    adapter = Adapter()
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(adapter.perform(line)) + "\n")
        sys.stdout.flush()
    # What is still open is closed, as by a program that ends in an orderly way.
    for connection in adapter.connections.values():
        connection.close()


main()

"""Adapter of the driver psycopg2: one request a line on standard input, one reply a line on standard output.

The words are those of harness/clients/README.md. What is done here is what the program in SpacetimeDB's document does:
connect, set_session(autocommit=True), cursor, execute, fetchall, close.
"""

import datetime
import io
import json
import os
import re
import select
import sys
import threading

import psycopg2
import psycopg2.extensions

# The outcome of an error that only libpq's text tells; session.rs of psql has the same lists.
UNREACHABLE = (
    "Connection refused",
    "could not translate host name",
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
    "connection already closed",
)


# How long a notification is waited for, in seconds.
WAIT = 5


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
        # Those on which `begin` turned autocommit off.
        self.begun = set()

    def connection(self, request):
        name = request.get("name", "main")
        if name not in self.connections:
            raise broken(f'no connection "{name}" is open')
        return self.connections[name]

    def hello(self, request):
        libpq = psycopg2.extensions.libpq_version()
        version = psycopg2.__version__.split(" ")[0]
        return {
            "outcome": "ok",
            "driver": "psycopg2",
            "version": f"{version} (libpq {libpq // 10000}.{libpq % 10000})",
        }

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
        if request.get("verify") is not None and request.get("sslmode", "").startswith("verify-"):
            raise broken("verify=none and a sslmode that verifies")
        # A second connection of the same name replaces the first, even if it fails.
        name = request.get("name", "main")
        if name in self.connections:
            self.connections.pop(name).close()
        connection = psycopg2.connect(**arguments)
        if request.get("autocommit", True) not in (False, "false"):
            connection.set_session(autocommit=True)
        self.connections[name] = connection
        return {"outcome": "ok"}

    def query(self, request):
        if request.get("params"):
            raise broken("query: it takes no parameters")
        return self.run(request, request["sql"], None)

    def execute(self, request):
        if not request.get("params"):
            return self.query(request)
        # psycopg2 writes parameters as %(name)s, and then a percent sign of one's own as %%.
        sql = re.sub(r"\$(\d+)", r"%(p\1)s", request["sql"].replace("%", "%%"))
        params = {f"p{number}": value for number, value in enumerate(request.get("params", []), 1)}
        return self.run(request, sql, params)

    def run(self, request, sql, params):
        for field in ("fetch", "escape"):
            if field in request:
                raise unsupported(f"its adapter has no {field}")
        connection = self.connection(request)
        with connection.cursor() as cursor:
            canceller = threading.Timer(request.get("cancel", 0) / 1000, connection.cancel)
            if "cancel" in request:
                canceller.start()
            try:
                cursor.execute(sql, params)
            finally:
                canceller.cancel()
            reply = {"outcome": "done", "tag": cursor.statusmessage, "rowcount": cursor.rowcount}
            if cursor.description is not None:
                reply["outcome"] = "rows"
                reply["columns"] = [column.name for column in cursor.description]
                reply["rows"] = [[text(value) for value in row] for row in cursor.fetchall()]
            if reply["tag"] is None:
                del reply["tag"]
            return reply

    def begin(self, request):
        # psycopg2 has no other word for it; the next statement sends BEGIN.
        connection = self.connection(request)
        kind = {name: request[name] for name in ("readonly", "deferrable") if name in request}
        if "isolation" in request:
            kind["isolation_level"] = request["isolation"]
        if connection.autocommit:
            connection.set_session(autocommit=False, **kind)
            self.begun.add(connection)
        return {"outcome": "ok"}

    def copy(self, request):
        with self.connection(request).cursor() as cursor:
            lines = "".join("\t".join(map(field, row)) + "\n" for row in request["rows"])
            cursor.copy_from(io.StringIO(lines), request["table"], columns=request["columns"])
            return {"outcome": "done", "rowcount": cursor.rowcount}

    def listen(self, request):
        connection = self.connection(request)
        with connection.cursor() as cursor:
            cursor.execute(f'LISTEN "{request["channel"]}"')
        return {"outcome": "ok"}

    def notified(self, request):
        connection = self.connection(request)
        if not connection.notifies:
            select.select([connection], [], [], WAIT)
            connection.poll()
        if not connection.notifies:
            return {"outcome": "error", "message": f"no notification within {WAIT} s"}
        heard = connection.notifies.pop(0)
        return {"outcome": "notified", "channel": heard.channel, "payload": heard.payload}

    def commit(self, request):
        return self.ended(request, psycopg2.extensions.connection.commit)

    def rollback(self, request):
        return self.ended(request, psycopg2.extensions.connection.rollback)

    def ended(self, request, end):
        connection = self.connection(request)
        end(connection)
        if connection in self.begun:
            self.begun.remove(connection)
            kind = (connection.isolation_level, connection.readonly, connection.deferrable)
            if kind != (None, None, None):
                # Before autocommit is on: then, the driver would send each of them to the server.
                connection.set_session(isolation_level="DEFAULT", readonly="DEFAULT", deferrable="DEFAULT")
            connection.set_session(autocommit=True)
        return {"outcome": "ok"}

    def close(self, request):
        connection = self.connection(request)
        del self.connections[request.get("name", "main")]
        self.begun.discard(connection)
        connection.close()
        return {"outcome": "ok"}

    def script(self, request):
        raise unsupported("it is no command-line program")

    def batch(self, request):
        raise unsupported("the driver tells no counts of a batch's items")

    def tables(self, request):
        raise unsupported("the driver has no list of tables")

    OPERATIONS = {
        "hello": hello,
        "connect": connect,
        "query": query,
        "execute": execute,
        "script": script,
        "begin": begin,
        "commit": commit,
        "rollback": rollback,
        "close": close,
        "copy": copy,
        "listen": listen,
        "notified": notified,
        "batch": batch,
        "tables": tables,
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
        except psycopg2.Error as error:
            return failure(error)
        except KeyError as field:
            return {"outcome": "broken", "reason": f"{operation}: no {field}"}
        except Exception as error:
            # Also what a driver should not raise, as the ValueError of a typecaster that a value is too much for.
            return {"outcome": "error", "message": f"{type(error).__name__}: {error}"}


def failure(error):
    """The outcome that an exception of the driver's is."""
    message = str(error).rstrip()
    if error.pgcode is not None:
        diagnosis = error.diag
        return {
            "outcome": "error",
            "sqlstate": error.pgcode,
            "severity": diagnosis.severity_nonlocalized or diagnosis.severity,
            "message": diagnosis.message_primary,
        }
    # The last attempt counts: with sslmode=prefer there may have been one with TLS and one without.
    server = re.match(r".*failed: (ERROR|FATAL|PANIC):  (.*)", message, re.DOTALL)
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


def field(value):
    """A value as a field of COPY's text format."""
    if value is None:
        return "\\N"
    escapes = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return str(value).translate(str.maketrans(escapes))


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

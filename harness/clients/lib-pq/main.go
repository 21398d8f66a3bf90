// Adapter of the driver github.com/lib/pq: one request a line on standard input, one reply a line on standard output.
// The words are those of harness/clients/README.md.
//
// It does what users of the driver do, through database/sql. Only where that hides what the driver reports, the command
// tag, it asks the driver itself, with the call that database/sql would make.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lib/pq"
	"pgconform/contract"
)

type session struct {
	db   *sql.DB
	conn *sql.Conn
	// What begin opened, until commit or rollback.
	tx *sql.Tx
	// The driver listens on a connection of its own.
	settings string
	listener *pq.Listener
}

func (s *session) close() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
	// database/sql does not close a connection under an open transaction.
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
	_ = s.conn.Close()
	_ = s.db.Close()
}

type adapter struct{ sessions map[string]*session }

func (a *adapter) Perform(request *contract.Request) contract.Reply {
	switch request.Operation {
	case "hello":
		return contract.Hello("lib-pq", contract.Version("github.com/lib/pq"))
	case "connect":
		return a.connect(request)
	case "script":
		return contract.Unsupported("it is no command-line program")
	case "batch":
		return contract.Unsupported("database/sql has no batches")
	case "tables":
		return contract.Unsupported("the driver has no list of tables")
	}
	s, open := a.sessions[request.Name]
	if !open {
		return contract.NoConnection(request.Name)
	}
	switch request.Operation {
	case "query":
		return s.query(request, nil)
	case "execute":
		return s.query(request, request.Params)
	case "begin":
		return s.begin(request)
	case "commit":
		return s.end((*sql.Tx).Commit)
	case "rollback":
		return s.end((*sql.Tx).Rollback)
	case "copy":
		return s.copy(request)
	case "listen":
		return s.listen(request)
	case "notified":
		return s.notified()
	case "close":
		delete(a.sessions, request.Name)
		s.close()
		return contract.OK()
	}
	return contract.Broken("an operation that is not known")
}

func (a *adapter) End() {
	for _, s := range a.sessions {
		s.close()
	}
}

func (a *adapter) connect(request *contract.Request) contract.Reply {
	// A second connection of the same name replaces the first, even if it fails.
	if same, open := a.sessions[request.Name]; open {
		delete(a.sessions, request.Name)
		same.close()
	}
	if request.Autocommit == "false" {
		return contract.Unsupported("the driver opens no transaction by itself")
	}
	settings, err := request.Settings()
	if err != nil {
		return contract.Broken(err.Error())
	}
	connector, err := pq.NewConnector(settings)
	if err != nil {
		return failure(err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(context.Background())
	if err != nil {
		_ = db.Close()
		return failure(err)
	}
	a.sessions[request.Name] = &session{db: db, conn: conn, settings: settings}
	return contract.OK()
}

// query is sent as a simple query if there are no parameters: that is the driver's own way.
func (s *session) query(request *contract.Request, params []any) contract.Reply {
	if request.Fetch != 0 || request.Escape != nil {
		return contract.Unsupported("the driver has neither a fetch size nor escapes")
	}
	ctx := context.Background()
	if request.Cancel != 0 {
		limited, cancel := context.WithTimeout(ctx, request.Limit())
		defer cancel()
		ctx = limited
	}
	args, err := arguments(params)
	if err != nil {
		return contract.Failed(err)
	}
	var reply contract.Reply
	err = s.conn.Raw(func(connection any) error {
		queryer, can := connection.(driver.QueryerContext)
		if !can {
			return errors.New("the driver's connection takes no queries")
		}
		rows, err := queryer.QueryContext(ctx, request.SQL, args)
		if err != nil {
			return err
		}
		reply, err = read(rows)
		// A driver tells the end of a query when its rows are closed.
		return errors.Join(err, rows.Close())
	})
	if err != nil {
		failed := failure(err)
		if count, partial := reply["rowcount"]; partial && failed["outcome"] == "error" {
			failed["rowcount"] = count
		}
		return failed
	}
	return reply
}

func arguments(params []any) ([]driver.NamedValue, error) {
	var args []driver.NamedValue
	for index, value := range params {
		if _, list := value.([]any); list {
			array, err := pq.Array(contract.Typed(value)).Value()
			if err != nil {
				return nil, err
			}
			value = array
		}
		args = append(args, driver.NamedValue{Ordinal: index + 1, Value: value})
	}
	return args, nil
}

// read takes all results; the last one counts. Before an error, it is the number of rows so far.
func read(rows driver.Rows) (contract.Reply, error) {
	for {
		columns := rows.Columns()
		var values [][]any
		for {
			row := make([]driver.Value, len(columns))
			err := rows.Next(row)
			if err == io.EOF {
				break
			}
			if err != nil {
				return contract.Reply{"rowcount": len(values)}, err
			}
			plain := make([]any, len(row))
			for index, value := range row {
				// What the driver read into may be read into again.
				if raw, isRaw := value.([]byte); isRaw {
					value = append([]byte{}, raw...)
				}
				plain[index] = value
			}
			values = append(values, plain)
		}
		if next, can := rows.(driver.RowsNextResultSet); can && next.HasNextResultSet() {
			if err := next.NextResultSet(); err == nil {
				continue
			}
		}
		return reply(rows, columns, values), nil
	}
}

// told is what the driver's rows tell besides what database/sql asks for.
type told interface {
	Result() driver.Result
	Tag() string
	ColumnTypeDatabaseTypeName(int) string
}

func reply(rows driver.Rows, columns []string, values [][]any) contract.Reply {
	reply := contract.Reply{"outcome": "done"}
	more, tells := rows.(told)
	if tells {
		if tag := more.Tag(); tag != "" {
			reply["tag"] = tag
		}
		if count, err := more.Result().RowsAffected(); err == nil {
			reply["rowcount"] = count
		}
	}
	if len(columns) == 0 {
		return reply
	}
	reply["outcome"], reply["columns"] = "rows", columns
	reply["types"] = contract.Types(len(columns), values)
	// The driver has no number of rows but those it handed over.
	reply["rowcount"] = len(values)
	written := make([][]any, 0, len(values))
	for _, row := range values {
		for index, value := range row {
			row[index] = text(value, tells && more.ColumnTypeDatabaseTypeName(index) == "BYTEA")
		}
		written = append(written, row)
	}
	reply["rows"] = written
	return reply
}

// text writes what the driver made of a value.
func text(value any, bytea bool) any {
	switch value := value.(type) {
	case nil:
		return nil
	case bool:
		if value {
			return "t"
		}
		return "f"
	case []byte:
		if bytea {
			return `\x` + hex.EncodeToString(value)
		}
		return string(value)
	case time.Time:
		return value.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}

var levels = map[string]sql.IsolationLevel{
	"":                 sql.LevelDefault,
	"read uncommitted": sql.LevelReadUncommitted,
	"read committed":   sql.LevelReadCommitted,
	"repeatable read":  sql.LevelRepeatableRead,
	"serializable":     sql.LevelSerializable,
}

func (s *session) begin(request *contract.Request) contract.Reply {
	level, known := levels[strings.ToLower(request.Isolation)]
	if !known {
		return contract.Broken("an isolation level that is not known")
	}
	if request.Deferrable {
		return contract.Unsupported("database/sql has no deferrable transactions")
	}
	options := &sql.TxOptions{Isolation: level, ReadOnly: request.ReadOnly}
	tx, err := s.conn.BeginTx(context.Background(), options)
	if err != nil {
		return failure(err)
	}
	s.tx = tx
	return contract.OK()
}

func (s *session) end(how func(*sql.Tx) error) contract.Reply {
	if s.tx == nil {
		return contract.Failed(errors.New("no transaction was begun"))
	}
	tx := s.tx
	s.tx = nil
	if err := how(tx); err != nil {
		return failure(err)
	}
	return contract.OK()
}

func (s *session) copy(request *contract.Request) contract.Reply {
	ctx := context.Background()
	statement, err := s.conn.PrepareContext(ctx, pq.CopyIn(request.Table, request.Columns...))
	if err != nil {
		return failure(err)
	}
	for _, row := range request.Rows {
		if _, err := statement.ExecContext(ctx, row...); err != nil {
			return failure(errors.Join(err, statement.Close()))
		}
	}
	result, err := statement.ExecContext(ctx)
	if err := errors.Join(err, statement.Close()); err != nil {
		return failure(err)
	}
	reply := contract.Reply{"outcome": "done"}
	if count, err := result.RowsAffected(); err == nil {
		reply["rowcount"] = count
	}
	return reply
}

func (s *session) listen(request *contract.Request) contract.Reply {
	if s.listener == nil {
		s.listener = pq.NewListener(s.settings, time.Second, time.Minute, nil)
	}
	if err := s.listener.Listen(request.Channel); err != nil {
		return failure(err)
	}
	return contract.OK()
}

func (s *session) notified() contract.Reply {
	if s.listener == nil {
		return contract.Broken("nothing is listened to")
	}
	select {
	case heard := <-s.listener.NotificationChannel():
		if heard != nil {
			return contract.Reply{"outcome": "notified", "channel": heard.Channel, "payload": heard.Extra}
		}
		return contract.Failed(io.ErrUnexpectedEOF)
	case <-time.After(contract.Timeout):
		return contract.Failed(fmt.Errorf("no notification within %v", contract.Timeout))
	}
}

// failure is the outcome that an error of the driver's is.
func failure(err error) contract.Reply {
	var server *pq.Error
	if errors.As(err, &server) {
		return contract.Reply{
			"outcome":  "error",
			"sqlstate": string(server.Code),
			"severity": server.Severity,
			"message":  server.Message,
		}
	}
	reply := contract.Failed(err)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		reply["outcome"] = "closed"
	}
	return reply
}

func main() { contract.Serve(&adapter{sessions: map[string]*session{}}) }

// Adapter of the driver github.com/jackc/pgx/v5: one request a line on standard input, one reply a line on standard
// output. The words are those of harness/clients/README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"pgconform/contract"
)

type session struct {
	conn *pgx.Conn
	// What begin opened, until commit or rollback.
	tx pgx.Tx
}

func (s *session) close() {
	_ = s.conn.Close(context.Background())
	// The driver says goodbye in its own time on a connection that it has given up.
	select {
	case <-s.conn.PgConn().CleanupDone():
	case <-time.After(contract.Timeout):
	}
}

type adapter struct{ sessions map[string]*session }

func (a *adapter) Perform(request *contract.Request) contract.Reply {
	switch request.Operation {
	case "hello":
		return contract.Hello("pgx", contract.Version("github.com/jackc/pgx/v5"))
	case "connect":
		return a.connect(request)
	case "script":
		return contract.Unsupported("it is no command-line program")
	case "tables":
		return contract.Unsupported("the driver has no list of tables")
	}
	s, open := a.sessions[request.Name]
	if !open {
		return contract.NoConnection(request.Name)
	}
	if request.Fetch != 0 || request.Escape != nil {
		return contract.Unsupported("the driver has neither a fetch size nor escapes")
	}
	ctx := context.Background()
	if request.Cancel != 0 {
		limited, cancel := context.WithTimeout(ctx, request.Limit())
		defer cancel()
		ctx = limited
	}
	switch request.Operation {
	case "query":
		return s.query(ctx, request)
	case "execute":
		return s.execute(ctx, request)
	case "batch":
		return s.batch(ctx, request)
	case "begin":
		return s.begin(ctx, request)
	case "commit":
		return s.end(ctx, pgx.Tx.Commit)
	case "rollback":
		return s.end(ctx, pgx.Tx.Rollback)
	case "copy":
		return s.copy(ctx, request)
	case "listen":
		return s.listen(ctx, request)
	case "notified":
		return s.notified(ctx)
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
	config, err := pgx.ParseConfig(settings)
	if err != nil {
		return failure(err)
	}
	config.BuildFrontend = inOrder
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		return failure(err)
	}
	a.sessions[request.Name] = &session{conn: conn}
	return contract.OK()
}

// query uses the layer below the driver's own, which alone takes several statements.
func (s *session) query(ctx context.Context, request *contract.Request) contract.Reply {
	results := s.conn.PgConn().Exec(ctx, request.SQL)
	reply := contract.Reply{"outcome": "done"}
	for results.NextResult() {
		result := results.ResultReader()
		fields := result.FieldDescriptions()
		rows := [][]any{}
		for result.NextRow() {
			row := make([]any, len(fields))
			for index, raw := range result.Values() {
				if raw != nil {
					row[index] = string(raw)
				}
			}
			rows = append(rows, row)
		}
		tag, err := result.Close()
		if err != nil {
			// The end of all results tells it, too.
			break
		}
		reply = completed(tag)
		if len(fields) > 0 {
			reply["outcome"], reply["columns"], reply["rows"] = "rows", names(fields), rows
		}
	}
	if err := results.Close(); err != nil {
		return failure(err)
	}
	return reply
}

func (s *session) execute(ctx context.Context, request *contract.Request) contract.Reply {
	rows, err := s.conn.Query(ctx, request.SQL, typed(request.Params)...)
	if err != nil {
		return failure(err)
	}
	defer rows.Close()
	fields := rows.FieldDescriptions()
	written, values := [][]any{}, [][]any{}
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return failure(err)
		}
		line := make([]any, len(row))
		for index, value := range row {
			if line[index], err = s.text(fields[index], value); err != nil {
				return failure(err)
			}
		}
		values, written = append(values, row), append(written, line)
	}
	if err := rows.Err(); err != nil {
		reply := failure(err)
		if reply["outcome"] == "error" {
			reply["rowcount"] = len(written)
		}
		return reply
	}
	reply := completed(rows.CommandTag())
	if len(fields) > 0 {
		reply["outcome"], reply["columns"], reply["rows"] = "rows", names(fields), written
		reply["types"] = contract.Types(len(fields), values)
	}
	return reply
}

// text writes what the driver made of a value, with the driver's own encoder.
func (s *session) text(field pgconn.FieldDescription, value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	types := s.conn.TypeMap()
	if _, known := types.TypeForOID(field.DataTypeOID); !known {
		return fmt.Sprint(value), nil
	}
	raw, err := types.Encode(field.DataTypeOID, pgtype.TextFormatCode, value, nil)
	if err != nil {
		return nil, err
	}
	return string(raw), nil
}

func (s *session) batch(ctx context.Context, request *contract.Request) contract.Reply {
	batch := &pgx.Batch{}
	for _, statement := range request.Statements {
		batch.Queue(statement)
	}
	for _, params := range request.Params {
		list, isList := params.([]any)
		if !isList {
			return contract.Broken("the parameters of a batch are lists, one an item")
		}
		batch.Queue(request.SQL, typed(list)...)
	}
	results := s.conn.SendBatch(ctx, batch)
	counts := []int64{}
	for range batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			reply := failure(err)
			if reply["outcome"] == "error" {
				reply["counts"] = counts
			}
			return reply
		}
		counts = append(counts, tag.RowsAffected())
	}
	if err := results.Close(); err != nil {
		return failure(err)
	}
	return contract.Reply{"outcome": "counts", "counts": counts}
}

func (s *session) begin(ctx context.Context, request *contract.Request) contract.Reply {
	options := pgx.TxOptions{IsoLevel: pgx.TxIsoLevel(strings.ToLower(request.Isolation))}
	if request.ReadOnly {
		options.AccessMode = pgx.ReadOnly
	}
	if request.Deferrable {
		options.DeferrableMode = pgx.Deferrable
	}
	tx, err := s.conn.BeginTx(ctx, options)
	if err != nil {
		return failure(err)
	}
	s.tx = tx
	return contract.OK()
}

func (s *session) end(ctx context.Context, how func(pgx.Tx, context.Context) error) contract.Reply {
	if s.tx == nil {
		return contract.Failed(errors.New("no transaction was begun"))
	}
	tx := s.tx
	s.tx = nil
	if err := how(tx, ctx); err != nil {
		return failure(err)
	}
	return contract.OK()
}

func (s *session) copy(ctx context.Context, request *contract.Request) contract.Reply {
	rows := pgx.CopyFromRows(request.Rows)
	count, err := s.conn.CopyFrom(ctx, pgx.Identifier{request.Table}, request.Columns, rows)
	if err != nil {
		return failure(err)
	}
	return contract.Reply{"outcome": "done", "rowcount": count}
}

func (s *session) listen(ctx context.Context, request *contract.Request) contract.Reply {
	if _, err := s.conn.Exec(ctx, "LISTEN "+pgx.Identifier{request.Channel}.Sanitize()); err != nil {
		return failure(err)
	}
	return contract.OK()
}

func (s *session) notified(ctx context.Context) contract.Reply {
	limited, cancel := context.WithTimeout(ctx, contract.Timeout)
	defer cancel()
	heard, err := s.conn.WaitForNotification(limited)
	if err != nil {
		return failure(err)
	}
	return contract.Reply{"outcome": "notified", "channel": heard.Channel, "payload": heard.Payload}
}

func typed(params []any) []any {
	values := make([]any, len(params))
	for index, value := range params {
		values[index] = contract.Typed(value)
	}
	return values
}

func names(fields []pgconn.FieldDescription) []string {
	names := make([]string, len(fields))
	for index, field := range fields {
		names[index] = field.Name
	}
	return names
}

func completed(tag pgconn.CommandTag) contract.Reply {
	reply := contract.Reply{"outcome": "done", "rowcount": tag.RowsAffected()}
	if tag.String() != "" {
		reply["tag"] = tag.String()
	}
	return reply
}

// failure is the outcome that an error of the driver's is.
func failure(err error) contract.Reply {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return contract.Reply{
			"outcome":  "error",
			"sqlstate": server.Code,
			"severity": server.Severity,
			"message":  server.Message,
		}
	}
	reply := contract.Failed(err)
	if errors.Is(err, pgconn.ErrConnClosed) {
		reply["outcome"] = "closed"
	}
	return reply
}

func main() { contract.Serve(&adapter{sessions: map[string]*session{}}) }

// Package contract is what every adapter written in Go shares: requests, replies, and the loop between them. The words
// are those of harness/clients/README.md.
package contract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// maxLine is the longest request that is taken, in bytes.
const maxLine = 16 << 20

// Reply is an outcome with its fields. What a driver does not show is left out.
type Reply map[string]any

// Request is one operation, with its fields.
type Request struct {
	Operation string `json:"operation"`
	// The connection.
	Name string `json:"name"`

	// Fields of `connect`.
	Host           string   `json:"host"`
	Port           Word     `json:"port"`
	Hosts          []string `json:"hosts"`
	User           string   `json:"user"`
	Database       string   `json:"database"`
	Password       Secret   `json:"password"`
	SSLMode        string   `json:"sslmode"`
	SSLRootCert    string   `json:"sslrootcert"`
	SSLCert        string   `json:"sslcert"`
	SSLKey         string   `json:"sslkey"`
	Verify         string   `json:"verify"`
	SSLNegotiation string   `json:"sslnegotiation"`
	Autocommit     Word     `json:"autocommit"`
	Options        []string `json:"options"`

	// Fields of `query`, `execute` and `batch`.
	SQL        string   `json:"sql"`
	Params     []any    `json:"params"`
	Statements []string `json:"statements"`
	Fetch      int      `json:"fetch"`
	Cancel     int      `json:"cancel"`
	Escape     *bool    `json:"escape"`

	// Fields of `begin`.
	Isolation  string `json:"isolation"`
	ReadOnly   bool   `json:"readonly"`
	Deferrable bool   `json:"deferrable"`

	// Fields of `copy`.
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`

	// Field of `listen`.
	Channel string `json:"channel"`

	// Fields of operations that no driver in Go has.
	Text    string `json:"text"`
	Pattern string `json:"pattern"`
}

// Word is a number, a truth value or a word: a case may write any of them.
type Word string

// UnmarshalJSON takes the value as it is written.
func (word *Word) UnmarshalJSON(raw []byte) error {
	*word = Word(strings.Trim(string(raw), `"`))
	return nil
}

// Secret is a text that no complaint shows.
type Secret string

// UnmarshalJSON reads the text. The error of the decoder itself would quote what stands there.
func (secret *Secret) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return errors.New("the password is not text")
	}
	*secret = Secret(text)
	return nil
}

// Address is where a server is.
type Address struct{ Host, Port string }

// Addresses are the servers to try, in order: `hosts`, or else `host` and `port`.
func (request *Request) Addresses() ([]Address, error) {
	if len(request.Hosts) == 0 {
		return []Address{{request.Host, string(request.Port)}}, nil
	}
	var addresses []Address
	for _, each := range request.Hosts {
		host, port, err := net.SplitHostPort(each)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, Address{host, port})
	}
	return addresses, nil
}

// Limit is when a statement is to be cancelled; none if it is not.
func (request *Request) Limit() time.Duration {
	return time.Duration(request.Cancel) * time.Millisecond
}

// Driver does what requests ask.
type Driver interface {
	// Perform does one thing and tells what came of it.
	Perform(request *Request) Reply
	// End closes what is still open, as a program that ends in an orderly way.
	End()
}

// Serve answers requests, one a line, until there are no more.
func Serve(driver Driver) {
	// Drivers look there for passwords and certificates.
	os.Setenv("HOME", "/nonexistent")
	os.Setenv("PGPASSFILE", "/nonexistent")
	requests := bufio.NewScanner(os.Stdin)
	requests.Buffer(nil, maxLine)
	replies := json.NewEncoder(os.Stdout)
	replies.SetEscapeHTML(false)
	for requests.Scan() {
		request, err := parse(requests.Bytes())
		var reply Reply
		if err != nil {
			reply = Broken(err.Error())
		} else {
			reply = driver.Perform(request)
		}
		if err := replies.Encode(reply); err != nil {
			break
		}
	}
	driver.End()
	if err := requests.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func parse(line []byte) (*Request, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	request := &Request{Name: "main"}
	if err := decoder.Decode(request); err != nil {
		return nil, err
	}
	for _, values := range append([][]any{request.Params}, request.Rows...) {
		plain(values)
	}
	return request, nil
}

// plain makes numbers what a program would have: an int64 where that is exact, or else a float64.
func plain(values []any) {
	for index, value := range values {
		switch value := value.(type) {
		case []any:
			plain(value)
		case json.Number:
			if whole, err := value.Int64(); err == nil {
				values[index] = whole
			} else if float, err := value.Float64(); err == nil {
				values[index] = float
			}
		}
	}
}

// OK is done, and there is nothing to show.
func OK() Reply { return Reply{"outcome": "ok"} }

// Hello is the answer to `hello`.
func Hello(driver, version string) Reply {
	return Reply{"outcome": "ok", "driver": driver, "version": version}
}

// Broken tells that the request makes no sense.
func Broken(reason string) Reply { return Reply{"outcome": "broken", "reason": reason} }

// Unsupported tells that the driver cannot do this.
func Unsupported(reason string) Reply { return Reply{"outcome": "unsupported", "reason": reason} }

// NoConnection tells that the request is about a connection that no `connect` opened.
func NoConnection(name string) Reply {
	return Broken(fmt.Sprintf("no connection %q is open", name))
}

// Failed is an error that is the driver's own: the connection is gone, or there never was one, or something else.
func Failed(err error) Reply {
	reply := Reply{"outcome": "error", "message": err.Error()}
	var dial *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns), errors.As(err, &dial) && dial.Op == "dial":
		reply["outcome"] = "unreachable"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		reply["outcome"] = "closed"
	}
	return reply
}

// Timeout is how long a notification is waited for.
const Timeout = 5 * time.Second

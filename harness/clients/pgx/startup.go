package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"

	"github.com/jackc/pgx/v5/pgproto3"
)

// inOrder builds the driver's frontend as the driver does, but puts the parameters of the startup packet in order: the
// driver writes them as Go's maps come, which is another way each time, and a conversation is to be the same each time.
func inOrder(r io.Reader, w io.Writer) *pgproto3.Frontend {
	return pgproto3.NewFrontend(r, &startup{w: w})
}

type startup struct {
	w    io.Writer
	past bool
}

// head is what comes before the parameters: the length and the protocol version.
const head = 8

func (s *startup) Write(message []byte) (int, error) {
	if !s.past && len(message) > head && binary.BigEndian.Uint32(message) == uint32(len(message)) {
		message = sorted(message)
	}
	s.past = true
	return s.w.Write(message)
}

// sorted is the same packet with its parameters in the order of their names, but the user and the database first, as in
// the documentation.
func sorted(message []byte) []byte {
	fields := bytes.Split(message[head:len(message)-1], []byte{0})
	var pairs [][2][]byte
	for index := 0; index+1 < len(fields); index += 2 {
		pairs = append(pairs, [2][]byte{fields[index], fields[index+1]})
	}
	first := []string{"user", "database"}
	rank := func(pair [2][]byte) int {
		if place := slices.Index(first, string(pair[0])); place >= 0 {
			return place
		}
		return len(first)
	}
	slices.SortFunc(pairs, func(a, b [2][]byte) int {
		if before := rank(a) - rank(b); before != 0 {
			return before
		}
		return bytes.Compare(a[0], b[0])
	})
	ordered := bytes.Clone(message[:head])
	for _, pair := range pairs {
		ordered = append(append(append(append(ordered, pair[0]...), 0), pair[1]...), 0)
	}
	return append(ordered, 0)
}

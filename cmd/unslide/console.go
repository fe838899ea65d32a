package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// console is where a command prints.
type console struct{ out, err stream }

// A stream is one of a command's two outputs. Where it is a terminal, its last
// line can be written anew, to show how far things are.
type stream struct {
	io.Writer
	columns func() int // of the terminal, as wide as it is now; nil where there is none
}

// newStream finds out whether a file is a terminal that can write a line anew,
// which one that calls itself dumb cannot.
func newStream(f *os.File) stream {
	fd := int(f.Fd())
	name, named := os.LookupEnv("TERM")
	if !term.IsTerminal(fd) || name == "dumb" || !named && runtime.GOOS != "windows" {
		return stream{Writer: f}
	}
	return stream{f, func() int {
		if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
			return columns
		}
		return 80
	}}
}

// redraws reports whether the last line can be written anew.
func (s stream) redraws() bool { return s.columns != nil }

// status writes the last line anew: as many of the parts as fit, the first ones
// first. It does nothing where there is no terminal.
func (s stream) status(parts ...string) {
	if !s.redraws() {
		return
	}
	room := s.columns() - 1 // after its last column a terminal goes to the next line
	line := ""
	for i, part := range parts {
		if i > 0 {
			part = ", " + part
		}
		left := room - utf8.RuneCountInString(line)
		if i == 0 {
			line = string([]rune(part)[:max(min(left, utf8.RuneCountInString(part)), 0)])
		} else if utf8.RuneCountInString(part) <= left {
			line += part
		} else {
			break
		}
	}
	fmt.Fprint(s, clearLine, line)
}

// clear takes the line of [stream.status] away.
func (s stream) clear() {
	if s.redraws() {
		fmt.Fprint(s, clearLine)
	}
}

// clearLine goes to the line's begin and erases to its end.
const clearLine = "\r\x1b[K"

// fault prints an error, one line for each fault.
func (c console) fault(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(c.err, "unslide: %s\n", strings.TrimSpace(line))
	}
}

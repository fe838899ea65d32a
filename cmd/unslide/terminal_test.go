//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"

	"github.com/unslide/unslide/internal/needs"
)

// A screen is what a terminal shows: lines as wide as it is, the last of which
// may be written anew.
type screen struct {
	columns int
	lines   [][]rune
	at      int  // column of the cursor
	wrapped bool // the line goes on from the one above
	remains int  // how often a line was written anew that had wrapped
}

func newScreen(columns int) *screen { return &screen{columns: columns, lines: [][]rune{nil}} }

// write shows what a program prints: of escapes it knows erasing to the end.
func (s *screen) write(t *testing.T, out string) {
	t.Helper()
	for len(out) > 0 {
		if rest, ok := strings.CutPrefix(out, "\x1b[K"); ok {
			last := len(s.lines) - 1
			s.lines[last] = s.lines[last][:min(s.at, len(s.lines[last]))]
			if out = rest; s.wrapped {
				s.remains++
			}
			continue
		}
		r := []rune(out)[0]
		out = out[len(string(r)):]
		switch r {
		case '\r':
			s.at = 0
		case '\n':
			s.lines, s.at, s.wrapped = append(s.lines, nil), 0, false
		case '\x1b':
			t.Fatalf("an escape that is not known: %.20q", out)
		default:
			s.put(r)
		}
	}
}

func (s *screen) put(r rune) {
	if s.at == s.columns {
		s.lines, s.at, s.wrapped = append(s.lines, nil), 0, true
	}
	line := &s.lines[len(s.lines)-1]
	if s.at < len(*line) {
		(*line)[s.at] = r
	} else {
		*line = append(*line, r)
	}
	s.at++
}

func (s *screen) String() string {
	var b strings.Builder
	for _, l := range s.lines {
		fmt.Fprintln(&b, string(l))
	}
	return b.String()
}

// onTerminal runs unslide with standard output, standard error or both on a
// terminal, and returns what that was sent and what went elsewhere.
func onTerminal(t *testing.T, columns int, name string, streams string, args ...string) (sent, elsewhere string) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		needs.Skipf(t, "no pseudo terminal: %v", err)
	}
	defer master.Close()
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	cmd := command(t.TempDir(), args...)
	cmd.Env = append(slices.DeleteFunc(cmd.Env, func(s string) bool { return strings.HasPrefix(s, "TERM=") }), "TERM="+name)
	cmd.Stdout, cmd.Stderr = &other, &other
	if strings.Contains(streams, "out") {
		cmd.Stdout = tty
	}
	if strings.Contains(streams, "err") {
		cmd.Stderr = tty
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = tty.Close()
	var terminal bytes.Buffer
	if _, err := io.Copy(&terminal, master); err != nil && !errors.Is(err, syscall.EIO) { // so Linux ends it
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("unslide %v: %v: %s%s", args, err, &terminal, &other)
	}
	return terminal.String(), other.String()
}

// TestProgressStaysOnItsLine: however narrow a terminal is, what is written anew
// fits one line and leaves nothing.
func TestProgressStaysOnItsLine(t *testing.T) {
	data, network := dataDir(t), smallNetwork(t, 8)
	out := filepath.Join(t.TempDir(), "c")
	train := []string{"train", "--data", data, "--network", network, "--limit", "3000", "--test", "2000", "--batch", "4"}
	compare := []string{"compare", "--data", data, "--network", network, "--steps", "20", "--test", "100", "--out", out}
	for _, test := range []struct {
		columns int
		args    []string
	}{{20, train}, {40, train}, {60, train}, {80, train}, {40, compare}} {
		sent, _ := onTerminal(t, test.columns, "xterm", "out err", test.args...)
		if n := strings.Count(sent, "\x1b[K"); n < 2 {
			t.Errorf("%d columns: %s writes its line anew %d times", test.columns, test.args[0], n)
		}
		s := newScreen(test.columns)
		s.write(t, sent)
		if s.remains > 0 {
			t.Errorf("%d columns: %s writes a line anew that went on in the next, %d times:\n%s", test.columns, test.args[0], s.remains, s)
		}
		for _, left := range []string{"[#", "[-", "testing", "train:"} {
			if strings.Contains(s.String(), left) {
				t.Errorf("%d columns: %s leaves %q:\n%s", test.columns, test.args[0], left, s)
			}
		}
	}
}

// TestEscapesGoToTerminals: each of the two outputs is asked by itself, and one
// that is no terminal, or a dumb one, gets no escapes.
func TestEscapesGoToTerminals(t *testing.T) {
	train := []string{"train", "--data", dataDir(t), "--network", smallNetwork(t, 8), "--limit", "1500", "--test", "500", "--batch", "4"}
	for _, test := range []struct {
		name, streams string
		sent          bool // whether escapes are
	}{
		{"xterm", "out err", true},
		{"xterm", "out", true},
		{"xterm", "err", false}, // it shows its progress on standard output
		{"dumb", "out err", false},
	} {
		sent, elsewhere := onTerminal(t, 80, test.name, test.streams, train...)
		if strings.Contains(sent, "\x1b") != test.sent || strings.Contains(elsewhere, "\x1b") {
			t.Errorf("TERM=%s, %s on a terminal: escapes in %.300q: want %v; in %.300q: want none", test.name, test.streams, sent, test.sent, elsewhere)
		}
	}
}

// TestBenchShowsItsProgressOnStandardError: whatever standard output is.
func TestBenchShowsItsProgressOnStandardError(t *testing.T) {
	for _, test := range []struct{ out, err bool }{{false, true}, {true, false}, {false, false}} {
		ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer stop()
		var out, errs bytes.Buffer
		stream := func(w io.Writer, terminal bool) stream {
			if terminal {
				return stream{w, func() int { return 80 }}
			}
			return stream{Writer: w}
		}
		run(ctx, []string{"bench", "article", "--threads", "1"}, console{stream(&out, test.out), stream(&errs, test.err)})
		if bytes.Contains(out.Bytes(), []byte("\x1b")) || bytes.Contains(errs.Bytes(), []byte("1 of 6: ")) != test.err || bytes.Contains(errs.Bytes(), []byte("\x1b")) != test.err {
			t.Errorf("%+v are terminals: standard output %q, standard error %q", test, &out, &errs)
		}
	}
}

// TestInfoFitsTheTerminal: no line goes on in the next, and no word is lost.
func TestInfoFitsTheTerminal(t *testing.T) {
	for _, args := range [][]string{{"info"}, {"info", "--layer", "resnet50/conv2_3x3"}} {
		plain := ok(t, args...)
		for _, columns := range []int{60, 80} {
			var out bytes.Buffer
			c := console{out: stream{&out, func() int { return columns }}, err: stream{Writer: io.Discard}}
			if status := run(context.Background(), args, c); status != exitOK {
				t.Fatalf("%v: status %d", args, status)
			}
			for line := range strings.Lines(out.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n >= columns {
					t.Errorf("%v in %d columns: a line of %d: %s", args, columns, n, line)
				}
			}
			if got, want := strings.Fields(out.String()), strings.Fields(plain); !slices.Equal(got, want) {
				t.Errorf("%v in %d columns says %q: want %q", args, columns, got, want)
			}
		}
	}
}

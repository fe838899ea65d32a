package peers

import (
	"bufio"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed *.py
var programs embed.FS

// names lists the other frameworks by the names of their programs.
func names() []string { return []string{"tensorflow", "jax", "torch"} }

// Group is the other frameworks' processes, each with as many threads. Without
// any it is the zero value.
type Group struct {
	Running []*Peer
	Missing map[string]string // name: why it could not be started
	dir     string            // of the programs
}

// Start starts a process for each framework by a Python interpreter. One that
// cannot be started is named in Missing.
func Start(ctx context.Context, python string, threads int) (*Group, error) {
	dir, err := os.MkdirTemp("", "unslide-peers")
	if err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	g := &Group{dir: dir, Missing: map[string]string{}}
	if err := os.CopyFS(dir, programs); err != nil {
		g.Close()
		return nil, fmt.Errorf("peers: %w", err)
	}
	for _, name := range names() {
		p, err := start(ctx, python, dir, name, threads)
		if err != nil {
			g.Missing[name] = err.Error()
			continue
		}
		g.Running = append(g.Running, p)
	}
	return g, nil
}

// Close ends the processes.
func (g *Group) Close() {
	for _, p := range g.Running {
		p.close()
	}
	os.RemoveAll(g.dir)
}

// Peer is one framework's process. It answers one JSON object a line.
type Peer struct {
	Name    string // as people write it
	Version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	errors  *tail
}

func start(ctx context.Context, python, dir, name string, threads int) (*Peer, error) {
	cmd := exec.CommandContext(ctx, python, filepath.Join(dir, "serve.py"), name, "--threads", fmt.Sprint(threads))
	cmd.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", threads), "PYTHONDONTWRITEBYTECODE=1")
	cmd.WaitDelay = 5 * time.Second
	p := &Peer{Name: name, cmd: cmd, errors: new(tail)}
	cmd.Stderr = p.errors
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewScanner(out)
	p.out.Buffer(nil, 16<<20)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var about struct{ Name, Version string }
	if err := p.Ask(map[string]any{"op": "about"}, &about); err != nil {
		p.close()
		return nil, err
	}
	p.Name, p.Version = about.Name, about.Version
	return p, nil
}

// Ask sends a request and decodes the answer. After an error the process has ended.
func (p *Peer) Ask(request map[string]any, answer any) error {
	data, err := json.Marshal(request)
	if err != nil {
		return err
	}
	_, err = p.in.Write(append(data, '\n'))
	if err == nil && !p.out.Scan() {
		err = cmp.Or(p.out.Err(), io.ErrUnexpectedEOF)
	}
	if err != nil {
		p.close() // its last words are all there once it has ended
		return fmt.Errorf("peers: %s: %w%s", p.Name, err, p.errors.last())
	}
	if err := json.Unmarshal(p.out.Bytes(), answer); err != nil {
		return fmt.Errorf("peers: %s: %w", p.Name, err)
	}
	return nil
}

func (p *Peer) close() {
	p.in.Close()
	_ = p.cmd.Wait() // it ends with its input; how no longer matters
}

// Prepare makes the process ready for a piece of work and returns the names
// of its forms, and of those that failed why.
func (p *Peer) Prepare(request map[string]any) (forms []string, failed map[string]string, err error) {
	var answer struct {
		Forms  []string
		Failed map[string]string
	}
	err = p.Ask(request, &answer)
	return answer.Forms, answer.Failed, err
}

// Time calls a form for so many seconds and returns the seconds of each call.
func (p *Peer) Time(form string, seconds float64) ([]float64, error) {
	var answer struct{ Samples []float64 }
	err := p.Ask(map[string]any{"op": "time", "form": form, "seconds": seconds}, &answer)
	return answer.Samples, err
}

// PeakMemory is the largest resident set of the process so far, in bytes.
func (p *Peer) PeakMemory() (int64, error) {
	var answer struct{ Peak int64 }
	err := p.Ask(map[string]any{"op": "memory"}, &answer)
	return answer.Peak, err
}

// tail keeps the end of what is written to it.
type tail struct{ data []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.data = append(t.data, b...)
	if n := len(t.data); n > 2048 {
		t.data = append(t.data[:0], t.data[n-2048:]...)
	}
	return len(b), nil
}

// last returns the last line, for an error message.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.data)), "\n")
	if s := lines[len(lines)-1]; s != "" {
		return ": " + s
	}
	return ""
}

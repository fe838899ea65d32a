package bench

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

//go:embed peers/*.py
var peerFiles embed.FS

// PeerNames lists the other frameworks by the names of their programs.
func PeerNames() []string { return []string{"tensorflow", "jax", "torch"} }

// peers are the other frameworks' processes, each with as many threads.
type peers struct {
	dir     string // of the programs
	running []*peer
	missing map[string]string // name: why it could not be started
}

// startPeers starts a process for each framework by a Python interpreter. One
// that cannot be started is named in missing.
func startPeers(ctx context.Context, python string, threads int) (*peers, error) {
	dir, err := os.MkdirTemp("", "unslide-peers")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	ps := &peers{dir: dir, missing: map[string]string{}}
	if err := writePeerFiles(dir); err != nil {
		ps.close()
		return nil, err
	}
	for _, name := range PeerNames() {
		p, err := startPeer(ctx, python, dir, name, threads)
		if err != nil {
			ps.missing[name] = err.Error()
			continue
		}
		ps.running = append(ps.running, p)
	}
	return ps, nil
}

func writePeerFiles(dir string) error {
	files, err := peerFiles.ReadDir("peers")
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := peerFiles.ReadFile("peers/" + f.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), data, 0o600); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return nil
}

func (ps *peers) close() {
	for _, p := range ps.running {
		p.close()
	}
	os.RemoveAll(ps.dir)
}

// peer is one framework's process. It answers one JSON object a line.
type peer struct {
	name    string // as people write it
	version string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	errors  *tail
}

func startPeer(ctx context.Context, python, dir, name string, threads int) (*peer, error) {
	cmd := exec.CommandContext(ctx, python, filepath.Join(dir, "serve.py"), name, "--threads", fmt.Sprint(threads))
	cmd.Env = append(os.Environ(), fmt.Sprintf("OMP_NUM_THREADS=%d", threads), "PYTHONDONTWRITEBYTECODE=1")
	cmd.WaitDelay = 5 * time.Second
	p := &peer{name: name, cmd: cmd, errors: new(tail)}
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
	if err := p.ask(map[string]any{"op": "about"}, &about); err != nil {
		p.close()
		return nil, err
	}
	p.name, p.version = about.Name, about.Version
	return p, nil
}

func (p *peer) ask(request map[string]any, answer any) error {
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
		return fmt.Errorf("bench: %s: %w%s", p.name, err, p.errors.last())
	}
	if err := json.Unmarshal(p.out.Bytes(), answer); err != nil {
		return fmt.Errorf("bench: %s: %w", p.name, err)
	}
	return nil
}

func (p *peer) close() {
	p.in.Close()
	_ = p.cmd.Wait() // it ends with its input; how no longer matters
}

// prepare makes the process ready for a piece of work and returns the names
// of its forms, and of those that failed why.
func (p *peer) prepare(request map[string]any) (forms []string, failed map[string]string, err error) {
	var answer struct {
		Forms  []string
		Failed map[string]string
	}
	err = p.ask(request, &answer)
	return answer.Forms, answer.Failed, err
}

// time calls a form for so many seconds and returns the seconds of each call.
func (p *peer) time(form string, seconds float64) ([]float64, error) {
	var answer struct{ Samples []float64 }
	err := p.ask(map[string]any{"op": "time", "form": form, "seconds": seconds}, &answer)
	return answer.Samples, err
}

// peakMemory is the largest resident set of the process so far, in bytes.
func (p *peer) peakMemory() (int64, error) {
	var answer struct{ Peak int64 }
	err := p.ask(map[string]any{"op": "memory"}, &answer)
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

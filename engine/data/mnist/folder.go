package mnist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// folder is a place on disk; cache says that it is ours.
type folder struct {
	dir   string
	cache bool
}

// errNotKept says that the cache has no such file.
var errNotKept = fmt.Errorf("not in the cache: %w", os.ErrNotExist)

// get tries each name of the file: a damaged one does not hide a good one.
func (d folder) get(_ context.Context, f *file, report func(Progress)) (found, error) {
	var damaged []error
	for _, name := range f.names() {
		path := filepath.Join(d.dir, name)
		b, err := readFile(path, f.maxCompressed())
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			var content []byte
			if content, err = f.content(b); err == nil {
				return found{b, content, path}, nil
			}
		}
		if d.cache {
			_ = os.Remove(path) // never used again
		} else {
			err = fmt.Errorf("%w; put the published file there, or name no folder to have it fetched", err)
		}
		damaged = append(damaged, f.failed(path, err, report))
	}
	switch {
	case len(damaged) > 0:
		return found{}, errors.Join(damaged...)
	case d.cache:
		return found{}, errNotKept
	}
	return found{}, f.failed(d.dir, fmt.Errorf("%w there: want one of %s", os.ErrNotExist, strings.Join(f.names(), ", ")), report)
}

// readFile reads a file of at most so many bytes. Folders are none: some
// archives unpack each file into a folder of its name.
func readFile(path string, limit int64) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if info, err := r.Stat(); err == nil && info.IsDir() {
		return nil, os.ErrNotExist
	}
	return readBounded(r, limit)
}

// readBounded reads at most so many bytes, and no more memory than they take.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("larger than %d bytes", limit)
	}
	return b, err
}

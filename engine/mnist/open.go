package mnist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/unslide/unslide/internal/wholefile"
)

// DataEnv names the environment variable that says where the data set lies.
const DataEnv = "UNSLIDE_DATA"

// Options says where to look and whom to tell.
type Options struct {
	// Dir is the folder that holds the four files, gzipped or not; empty to
	// look in $UNSLIDE_DATA, the cache, the Go module and the mirrors.
	Dir string
	// Progress, unless nil, hears of each file: when it is found, while it
	// comes, and when a source fails and the next is asked.
	Progress func(Progress)
}

// Progress is what happens to one file.
type Progress struct {
	File   string // its name without .gz
	Source string // a path, a module or an address
	Done   int64  // bytes that came
	Total  int64  // bytes expected, 0 if unknown
	Err    error  // why this source failed, if it did
}

// Found tells where a file was found.
type Found struct {
	File   string // its name without .gz
	Source string // a path, a module or an address
	Bytes  int64  // of its content
	SHA256 string // of its content
}

// Open finds, checks and reads the data set. Its error names each file that
// no source had and what each source said.
func Open(ctx context.Context, o Options) (*Data, error) {
	data, _, err := Fetch(ctx, o)
	return data, err
}

// Fetch is Open that also tells where each file came from.
func Fetch(ctx context.Context, o Options) (*Data, []Found, error) {
	sources, err := o.sources()
	if err != nil {
		return nil, nil, err
	}
	var contents [len(files)][]byte
	var found []Found
	var errs []error
	for i := range files {
		f := &files[i]
		content, at, err := o.find(ctx, sources, f)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		contents[i] = content
		found = append(found, Found{File: f.name, Source: at, Bytes: f.size, SHA256: f.sha256})
	}
	if len(errs) > 0 {
		return nil, found, errors.Join(errs...)
	}
	train, err1 := Decode(contents[trainImages], contents[trainLabels])
	test, err2 := Decode(contents[testImages], contents[testLabels])
	if err := errors.Join(err1, err2); err != nil {
		return nil, found, err
	}
	return &Data{Training: train, Test: test}, found, nil
}

// CacheDir returns the folder in which files are kept.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "unslide", "mnist"), nil
}

// A source is a place that may have the files.
type source interface {
	// get returns the bytes of a file, not yet checked, and where they are
	// from. An error that is fs.ErrNotExist says that the file is not there.
	get(ctx context.Context, f *file, report func(Progress)) (b []byte, at string, err error)
}

// sources returns where to look, first things first. A folder that the user
// names is the only place.
func (o *Options) sources() ([]source, error) {
	dir, named := o.Dir, "the data folder"
	if dir == "" {
		dir, named = os.Getenv(DataEnv), "$"+DataEnv
	}
	if dir != "" {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			err = errors.New("not a folder")
		}
		if err != nil {
			return nil, fmt.Errorf("mnist: %s %s: %w", named, dir, err)
		}
		return []source{folder{dir: dir}}, nil
	}
	var sources []source
	if cache, err := CacheDir(); err == nil {
		sources = append(sources, folder{dir: cache, cache: true})
	}
	sources = append(sources, &module{})
	for _, base := range mirrors {
		sources = append(sources, mirror(base))
	}
	return sources, nil
}

// find asks one source after the other for a file, checks what it gets and
// keeps it.
func (o *Options) find(ctx context.Context, sources []source, f *file) (content []byte, at string, err error) {
	report := o.Progress
	if report == nil {
		report = func(Progress) {}
	}
	var errs []error
	for _, s := range sources {
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		b, at, err := s.get(ctx, f, report)
		if err == nil {
			if content, err = f.content(b); err == nil {
				report(Progress{File: f.name, Source: at, Done: int64(len(b)), Total: int64(len(b))})
				if len(sources) > 1 {
					o.keep(sources[0], f, b, report)
				}
				return content, at, nil
			}
		}
		dir, isFolder := s.(folder)
		switch {
		case isFolder && dir.cache && errors.Is(err, os.ErrNotExist):
			continue // nothing wrong with an empty cache
		case isFolder && dir.cache:
			_ = os.Remove(at) // damaged: never used again
		}
		err = fmt.Errorf("mnist: %s: %s: %w", f.name, at, err)
		report(Progress{File: f.name, Source: at, Err: err})
		errs = append(errs, err)
	}
	return nil, "", errors.Join(errs...)
}

// keep puts a file that came from elsewhere into the cache. The data is good
// even where that fails.
func (o *Options) keep(s source, f *file, b []byte, report func(Progress)) {
	cache, ok := s.(folder)
	if !ok || !cache.cache {
		return
	}
	path := filepath.Join(cache.dir, f.name+".gz")
	if b[0] != 0x1f {
		path = filepath.Join(cache.dir, f.name)
	}
	if _, err := os.Stat(path); err == nil {
		return
	}
	err := os.MkdirAll(cache.dir, 0o755)
	if err == nil {
		err = wholefile.Write(path, b)
	}
	if err != nil {
		report(Progress{File: f.name, Source: path, Err: fmt.Errorf("mnist: %s is not kept: %w", f.name, err)})
	}
}

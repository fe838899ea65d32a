package mnist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/unslide/unslide/engine/data/idx"
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
	// comes, and when a place fails and the next is asked.
	Progress func(Progress)
}

// Progress is what happens to one file.
type Progress struct {
	File   string // its name without .gz
	Source string // a path, a module or an address
	Done   int64  // bytes that came
	Total  int64  // bytes expected, 0 if unknown
	Err    error  // why this place failed, if it did
}

// Found tells where a file was found.
type Found struct {
	File   string // its name without .gz
	Source string // a path, a module or an address
	Bytes  int64  // of its content
	SHA256 string // of its content
}

// Open finds, checks and reads the data set. Its error names each file that
// no place had and what each place said.
func Open(ctx context.Context, o Options) (*Data, error) {
	data, _, err := Fetch(ctx, o)
	return data, err
}

// Fetch is Open that also tells where each file came from.
func Fetch(ctx context.Context, o Options) (*Data, []Found, error) {
	places, err := o.places()
	if err != nil {
		return nil, nil, err
	}
	var contents [len(files)][]byte
	var all []Found
	var errs []error
	for i := range files {
		f := &files[i]
		got, err := o.find(ctx, places, f)
		if ctx.Err() != nil {
			return nil, all, context.Cause(ctx)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		contents[i] = got.content
		all = append(all, Found{File: f.name, Source: got.at, Bytes: f.size, SHA256: f.sha256})
	}
	if len(errs) > 0 {
		return nil, all, errors.Join(errs...)
	}
	train, err1 := idx.Decode(contents[trainImages], contents[trainLabels], digits)
	test, err2 := idx.Decode(contents[testImages], contents[testLabels], digits)
	if err := errors.Join(err1, err2); err != nil {
		return nil, all, err
	}
	return &Data{Training: train, Test: test}, all, nil
}

// CacheDir returns the folder in which files are kept.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "unslide", "mnist"), nil
}

// A place is where the files may be: a folder, a module, a mirror.
type place interface {
	// get returns a file, checked. It reports what it finds wrong. An error
	// that is fs.ErrNotExist says that the file is not there.
	get(ctx context.Context, f *file, report func(Progress)) (found, error)
}

// found is a file that a place has.
type found struct {
	raw     []byte // as it lies there, gzipped or not
	content []byte
	at      string
}

// places returns where to look, first things first. A folder that the user
// names is the only place.
func (o *Options) places() ([]place, error) {
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
		return []place{folder{dir: dir}}, nil
	}
	var places []place
	if cache, err := CacheDir(); err == nil {
		places = append(places, folder{dir: cache, cache: true})
	}
	places = append(places, &module{})
	for _, base := range mirrors {
		places = append(places, mirror(base))
	}
	return places, nil
}

// find asks one place after the other for a file and keeps what it gets.
func (o *Options) find(ctx context.Context, places []place, f *file) (found, error) {
	report := o.Progress
	if report == nil {
		report = func(Progress) {}
	}
	var errs []error
	for _, p := range places {
		if ctx.Err() != nil {
			return found{}, context.Cause(ctx)
		}
		got, err := p.get(ctx, f, report)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		report(Progress{File: f.name, Source: got.at, Done: int64(len(got.raw)), Total: int64(len(got.raw))})
		if len(places) > 1 {
			o.keep(places[0], f, got.raw, report)
		}
		return got, nil
	}
	// Nothing is wrong with an empty cache.
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == errNotKept })
	return found{}, errors.Join(errs...)
}

// failed reports a failure and returns it as an error.
func (f *file) failed(at string, err error, report func(Progress)) error {
	err = fmt.Errorf("mnist: %s: %s: %w", f.name, at, err)
	report(Progress{File: f.name, Source: at, Err: err})
	return err
}

// keep puts a file that came from elsewhere into the cache. The data is good
// even where that fails.
func (o *Options) keep(p place, f *file, b []byte, report func(Progress)) {
	cache, ok := p.(folder)
	if !ok || !cache.cache {
		return
	}
	path := filepath.Join(cache.dir, f.name+".gz")
	if !isGzip(b) {
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

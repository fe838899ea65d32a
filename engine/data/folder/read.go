package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/picture"
)

// reader puts pictures one behind the other.
type reader struct {
	first    string // the first picture, which says the size
	h, w     int
	coloured bool // a picture was in colour: there are three channels from then on
	pixels   []byte
	labels   []int32
	errs     []error
}

func (r *reader) shape() data.Shape { return data.Shape{H: r.h, W: r.w, C: r.channels()} }

func (r *reader) channels() int {
	if r.coloured {
		return picture.Channels
	}
	return 1
}

func (r *reader) failed() error { return few(r.errs) }

// readClasses reads the pictures of each class.
func (r *reader) readClasses(dir string, names []string) {
	for class, name := range names {
		sub := filepath.Join(dir, name)
		entries, err := os.ReadDir(sub)
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("folder: %w", err))
			continue
		}
		found := 0
		for _, e := range entries {
			if hidden(e.Name()) {
				continue
			}
			found++
			path := filepath.Join(sub, e.Name())
			if err := r.read(path); err != nil {
				r.errs = append(r.errs, fmt.Errorf("folder: %s: %w", path, err))
				continue
			}
			r.labels = append(r.labels, int32(class))
		}
		if found == 0 {
			r.errs = append(r.errs, fmt.Errorf("folder: %s: empty: want a picture at least", sub))
		}
	}
}

// read puts a picture behind the others.
func (r *reader) read(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return errors.New("no file: want PNG or JPEG pictures in a class's folder")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := picture.Open(f)
	if err != nil {
		return err
	}
	h, w := p.Size()
	if r.first == "" {
		r.first, r.h, r.w = path, h, w
	}
	if h != r.h || w != r.w {
		return fmt.Errorf("%d×%d pixels, and %s has %d×%d: want one size", w, h, r.first, r.w, r.h)
	}
	pixels, grey, err := p.Pixels()
	if err != nil {
		return err
	}
	if !grey && !r.coloured {
		r.colour()
	}
	if r.coloured {
		r.pixels = append(r.pixels, pixels...)
		return nil
	}
	for i := 0; i < len(pixels); i += picture.Channels {
		r.pixels = append(r.pixels, pixels[i])
	}
	return nil
}

// colour makes three equal channels of the one that the pictures so far have.
func (r *reader) colour() {
	grey := r.pixels
	r.pixels = make([]byte, 0, picture.Channels*(len(grey)+r.h*r.w))
	for _, p := range grey {
		r.pixels = append(r.pixels, p, p, p)
	}
	r.coloured = true
}

package nn

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
)

// fits reports an [engine.Fault] for each way in which the network cannot read a
// source's images or tell its classes apart. It looks at every label.
func (m *Model[T]) fits(s data.Source) error {
	var errs []error
	if in := data.Shape(m.network.Input); s.Shape() != in {
		errs = append(errs, fault("image", s.Shape().String(), in.String()+", the network's input"))
	}
	classes := s.Classes()
	if classes < 1 || classes > m.Classes() {
		errs = append(errs, fault("classes", fmt.Sprint(classes), fmt.Sprintf("1 to %d, the network's", m.Classes())))
	}
	for i := range s.Len() {
		if y := s.Label(i); classes > 0 && (y < 0 || int(y) >= classes) {
			errs = append(errs, fault("label", fmt.Sprintf("%d of image %d", y, i), fmt.Sprintf("0 to %d, one of the source's classes", classes-1)))
			break
		}
	}
	return errors.Join(errs...)
}

// feed reads a source's images in a model's precision. One goroutine uses it at
// a time.
type feed[T engine.Float] struct {
	source data.Source
	varied data.Varied // the source, where a training sees its images vary; else nil
	single []float32   // an image's values, where T is float64
}

func newFeed[T engine.Float](s data.Source) feed[T] {
	f := feed[T]{source: s}
	if _, direct := any(T(0)).(float32); !direct {
		f.single = make([]float32, s.Shape().Len())
	}
	return f
}

// newVariedFeed makes a feed as a training reads, which sees varied images vary.
func newVariedFeed[T engine.Float](s data.Source) feed[T] {
	f := newFeed[T](s)
	f.varied, _ = s.(data.Varied)
	return f
}

// variation returns what a varied source says of itself, "" for another.
func (f *feed[T]) variation() string {
	if f.varied == nil {
		return ""
	}
	return f.varied.Variation()
}

// read reads image i, as an epoch from 0 sees it, to dst, which is an image long.
func (f *feed[T]) read(dst []T, epoch, i int) error {
	values, direct := any(dst).([]float32)
	if !direct {
		values = f.single
	}
	var err error
	if f.varied != nil {
		err = f.varied.ReadEpoch(values, epoch, i)
	} else {
		err = f.source.Read(values, i)
	}
	if err != nil {
		return fmt.Errorf("nn: image %d: %w", i, err)
	}
	if !direct {
		for k, x := range values {
			dst[k] = T(x)
		}
	}
	return nil
}

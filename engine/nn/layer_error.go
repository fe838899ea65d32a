package nn

import (
	"fmt"

	"github.com/unslide/unslide/engine"
)

func fault(field, value, want string) error {
	return &engine.Fault{Package: "nn", Field: field, Value: value, Want: want}
}

// layerFault is a fault that a layerError stands around.
func layerFault(field, value, want string) error {
	return &engine.Fault{Field: field, Value: value, Want: want}
}

// layerError is a fault of one layer of a description.
type layerError struct {
	file  string // "" where it is none
	line  int    // of the file, 0 where there is none
	layer int    // from 1, 0 for what belongs to none
	name  string
	err   error
}

func (e *layerError) Error() string {
	s := "nn: "
	if e.file != "" {
		s += fmt.Sprintf("network file %s: ", e.file)
	}
	if e.line > 0 {
		s += fmt.Sprintf("line %d: ", e.line)
	}
	if e.layer > 0 {
		s += fmt.Sprintf("layer %d: ", e.layer)
	}
	if e.name != "" {
		s += e.name + ": "
	}
	return s + e.err.Error()
}

func (e *layerError) Unwrap() error { return e.err }

// layerErrors returns each of the errors that err joins as the layer's.
func layerErrors(layer int, name string, err error) []error {
	var errs []error
	for _, e := range split(err) {
		errs = append(errs, &layerError{layer: layer, name: name, err: e})
	}
	return errs
}

// split returns the errors that errors.Join made one of.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, split(e)...)
	}
	return errs
}

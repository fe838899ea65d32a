package nn

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine"
)

// Op describes what a layer computes, wherever it stands: a plain value such as
// [Conv]. Those there are stand in the table of kinds.
type Op interface {
	kind() *kind
	// check reports what is wrong with the description itself.
	check() error
	// shape returns what follows from the sizes of what the layer reads: all of a
	// Shape but name, kind and place.
	shape(in []Size) (Shape, error)
}

// kind is a row of the table of what layers can be.
type kind struct {
	word   string // in JSON
	prefix string // of the names of layers that have none of their own
	joins  bool   // reads two layers or more, else one
	read   func(*fieldReader) Op
	// What computes it.
	float32 func(Shape, engine.Option) (operation[float32], error)
	float64 func(Shape, engine.Option) (operation[float64], error)
}

// kinds are all that a layer can be, each in a file of its own.
var kinds = []*kind{&convKind, &maxPoolKind, &avgPoolKind, &denseKind, &addKind}

// words are what JSON calls the kinds.
func words() []string {
	var w []string
	for _, k := range kinds {
		w = append(w, k.word)
	}
	return w
}

// operation computes a layer, on all images of a batch at once.
type operation[T engine.Float] interface {
	forward(v *values[T])
	// backward computes what the values have room for: gradients to the
	// parameters and to what the layer reads. It never changes a parameter, and
	// may change dDst.
	backward(v *values[T])
	String() string
}

// values are a layer's for a batch. What is to be computed may hold anything
// before.
type values[T engine.Float] struct {
	src       [][]T // what the layer reads
	dst       []T
	dSrc      [][]T // the gradients to src, each nil where nobody wants it
	dDst      []T
	params    [][]T
	gradients [][]T   // to the parameters
	notes     []int32 // what forward keeps for backward, nil where there is none
}

func newOperation[T engine.Float](s Shape, opts engine.Option) (operation[T], error) {
	k := s.Op.kind()
	if make, ok := any(k.float32).(func(Shape, engine.Option) (operation[T], error)); ok {
		return make(s, opts)
	}
	return any(k.float64).(func(Shape, engine.Option) (operation[T], error))(s, opts)
}

// Size is that of what lies between layers, for an image: rows, columns, channels.
type Size struct {
	H, W, C int
	flat    bool // a dense layer's: no image
}

// Len returns the number of elements.
func (s Size) Len() int { return s.H * s.W * s.C }

func (s Size) String() string { return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C) }

// image reports whether there are rows and columns.
func (s Size) image() error {
	if s.flat {
		return errors.New("after a dense layer: want it before, a dense layer's output is no image")
	}
	return nil
}

// checkSize reports a size, of one number or rows and columns, that no layer
// can have.
func checkSize(name string, size ...int) error {
	for _, v := range size {
		if v < 1 || v > maxParams {
			return layerFault(name, strings.Trim(strings.ReplaceAll(fmt.Sprint(size), " ", "×"), "[]"), fmt.Sprintf("1 to %d", maxParams))
		}
	}
	return nil
}

// checkActivation reports an activation that does not exist, or whose gradient the
// outputs, which are kept, do not tell.
func checkActivation(a engine.Activation) error {
	if a.NeedsInput() {
		return layerFault("activation", a.String(), "one whose derivative the output tells")
	}
	_, err := a.MarshalText()
	return err
}

// fieldReader reads the fields of a layer's description.
type fieldReader struct {
	*networkReader
	layer int
	of    member
}

// fields reads them to where they belong. Those required must be there.
func (r *fieldReader) fields(to map[string]any, required ...string) {
	known := make([]string, 0, len(to))
	for name := range to {
		known = append(known, name)
	}
	slices.Sort(known)
	fields := r.object(r.of.value, r.layer, r.of.name, known...)
	for _, name := range required {
		if !slices.ContainsFunc(fields, func(f member) bool { return f.name == name }) {
			r.fail(r.of.at, r.layer, "%s without %s", r.of.name, name)
		}
	}
	for _, f := range fields {
		otherwise := ", or leave it out"
		if slices.Contains(required, f.name) {
			otherwise = ""
		}
		r.decode(f, r.layer, to[f.name], otherwise)
	}
}

// orOne is a number that is 1 where it is left out.
func orOne(n int) int { return cmp.Or(n, 1) }

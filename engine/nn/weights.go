package nn

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/internal/wholefile"
)

// Weights is what a weights file holds: parameters under the names and shapes
// of [Shape.Params], and, in a checkpoint, how the training stands.
type Weights struct {
	Tensors []Tensor
	// Network is nil where the file does not say, as the article's.
	Network *Network
	// Training is nil in a file of parameters alone.
	Training *Training
}

// Tensor is a named array of one of two precisions.
type Tensor struct {
	Name    string
	Dims    []int
	Float32 []float32 // one of the two is nil
	Float64 []float64
}

// Len returns the number of elements.
func (t Tensor) Len() int { return max(len(t.Float32), len(t.Float64)) }

// Precision returns "float32" or "float64".
func (t Tensor) Precision() string {
	if t.Float32 != nil {
		return precision[float32]()
	}
	return precision[float64]()
}

func precision[T engine.Float]() string { return fmt.Sprintf("%T", *new(T)) }

// tensorOf makes a tensor of a copy of data.
func tensorOf[T engine.Float](name string, dims []int, data []T) Tensor {
	t, _ := tensorOfAny(name, dims, append([]T{}, data...))
	return t
}

// tensorOfAny makes a tensor that keeps data, as a file holds it; false where
// that is neither []float32 nor []float64.
func tensorOfAny(name string, dims []int, data any) (t Tensor, ok bool) {
	switch data := data.(type) {
	case []float32:
		return Tensor{Name: name, Dims: dims, Float32: data}, true
	case []float64:
		return Tensor{Name: name, Dims: dims, Float64: data}, true
	}
	return Tensor{}, false
}

// copyTo converts the elements to T.
func copyTo[T engine.Float](dst []T, t Tensor) {
	for i, x := range t.Float32 {
		dst[i] = T(x)
	}
	for i, x := range t.Float64 {
		dst[i] = T(x)
	}
}

// find returns the tensor of a name.
func find(tensors []Tensor, name string) (Tensor, bool) {
	i := slices.IndexFunc(tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, false
	}
	return tensors[i], true
}

// Weights returns a copy of the parameters.
func (m *Model[T]) Weights() *Weights {
	n := m.network
	w := &Weights{Network: &n}
	for _, p := range m.params {
		w.Tensors = append(w.Tensors, tensorOf(p.Name, p.Dims, p.Data))
	}
	return w
}

// SetWeights sets the parameters, rounded where the model is less precise. Its
// error is that of [Weights.Fits]; then the parameters stay as they were.
func (m *Model[T]) SetWeights(w *Weights) error {
	if err := w.fits(m.shapes); err != nil {
		return err
	}
	for _, p := range m.params {
		t, _ := find(w.Tensors, p.Name)
		copyTo(p.Data, t)
	}
	return nil
}

// Fits reports every tensor that is missing, unknown, twice or misshapen for a
// network, nil if there is none. It costs nothing beside a model, whose plans
// are as large as the network says: check weights from elsewhere first.
func (w *Weights) Fits(n Network) error {
	shapes, err := n.Shapes()
	if err != nil {
		return err
	}
	return w.fits(shapes)
}

func (w *Weights) fits(shapes []Shape) error {
	err := w.check()
	if w == nil {
		return err
	}
	errs := []error{err}
	known := map[string]bool{}
	for _, s := range shapes {
		for _, p := range s.Params {
			known[p.Name] = true
			t, ok := find(w.Tensors, p.Name)
			switch {
			case !ok:
				errs = append(errs, fmt.Errorf("nn: weights: no %s: want %v", p.Name, p.Dims))
			case !slices.Equal(t.Dims, p.Dims):
				errs = append(errs, fmt.Errorf("nn: weights: %s is %v: want %v", p.Name, t.Dims, p.Dims))
			}
		}
	}
	for _, t := range w.Tensors {
		if !known[t.Name] {
			errs = append(errs, fmt.Errorf("nn: weights: %s: the network has no such parameters", t.Name))
		}
	}
	return errors.Join(errs...)
}

// check reports tensors that come twice or whose elements are not as many as
// their dimensions say.
func (w *Weights) check() error {
	if w == nil {
		return errors.New("nn: weights: none: want those of a model or of a file")
	}
	var errs []error
	tensors := w.Tensors
	if w.Training != nil {
		tensors = slices.Concat(tensors, w.Training.Moments)
	}
	seen := map[string]bool{}
	for _, t := range tensors {
		if seen[t.Name] {
			errs = append(errs, fmt.Errorf("nn: weights: %s: twice", t.Name))
		}
		seen[t.Name] = true
		if t.Float32 != nil && t.Float64 != nil {
			errs = append(errs, fmt.Errorf("nn: weights: %s: both Float32 and Float64: want one of them", t.Name))
		} else if err := fills(t.Dims, 1, t.Len()); err != nil {
			errs = append(errs, fmt.Errorf("nn: weights: %s is %v: %d elements", t.Name, t.Dims, t.Len()))
		}
	}
	return errors.Join(errs...)
}

// NetworkOrArticle returns the network that the file names, or else the
// article's with as many maps, units and kernel elements as the tensors have.
// The tensors are those of the network: its error is that of [Weights.Fits].
func (w *Weights) NetworkOrArticle() (Network, error) {
	if w.Network != nil {
		return *w.Network, w.Fits(*w.Network)
	}
	n, err := w.asArticle()
	if err == nil {
		err = w.Fits(n)
	}
	if err != nil {
		return Network{}, fmt.Errorf("nn: weights of unknown network: as the article's with these sizes: %w", err)
	}
	return n, nil
}

// asArticle returns the article's network with the tensors' sizes.
func (w *Weights) asArticle() (Network, error) {
	n := Article()
	convs, denses := 0, 0
	for i, l := range n.Layers {
		switch op := l.Op.(type) {
		case Conv:
			convs++
			if t, ok := find(w.Tensors, fmt.Sprintf("conv_w_%d", convs)); ok && len(t.Dims) == 4 {
				op.Kernel, op.Maps = Pair{t.Dims[0], t.Dims[1]}, t.Dims[3]
			}
			n.Layers[i].Op = op
		case Dense:
			denses++
			if t, ok := find(w.Tensors, fmt.Sprintf("fc_w_%d", denses)); ok && len(t.Dims) == 2 {
				op.Units = t.Dims[1]
			}
			n.Layers[i].Op = op
		}
	}
	return n, n.Validate()
}

// ReadWeights reads a weights file: .npz as [Weights.Write] and numpy.savez
// write it, or the article's .npy, told apart by their content. Files from
// anywhere are safe to read: nothing in them is run, and memory is taken by
// their real size, not by what they claim.
func ReadWeights(path string) (*Weights, error) {
	w, err := readWeights(path)
	if err != nil {
		return nil, fmt.Errorf("nn: weights file %s: %w", path, err)
	}
	return w, nil
}

// Write writes a weights file so that there is either the whole new file under
// the path or what was there before. Its errors are those of [Weights.Encode]
// and of writing.
func (w *Weights) Write(path string) error {
	b, err := w.Encode(path)
	if err != nil {
		return err
	}
	if err := wholefile.Write(path, b); err != nil {
		return fmt.Errorf("nn: weights file %s: %w", path, err)
	}
	return nil
}

// Encode returns the content of a weights file of this name, which ends in
// .npz, or in .npy for the article's form. That keeps parameters, step and loss
// history alone, and its reader takes the network for the article's: what this
// would make another network or another training of is an error.
func (w *Weights) Encode(name string) ([]byte, error) {
	var b []byte
	err := w.check()
	if err == nil && w.Training != nil {
		err = w.Training.lost
	}
	if err == nil {
		err = errors.New("want a name that ends in .npz or .npy")
		switch strings.ToLower(filepath.Ext(name)) {
		case ".npz":
			b, err = encodeNPZ(w)
		case ".npy":
			b, err = encodeArticle(w)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("nn: weights file %s: %w", name, err)
	}
	return b, nil
}

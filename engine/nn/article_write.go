package nn

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/sbinet/npyio/npy"

	"github.com/unslide/unslide/engine"
)

// encodeArticle makes the article's weights file, as numpy.save writes a dict:
// an array without dimensions of one object. The module names are NumPy 1's,
// which NumPy 2 reads too.
func encodeArticle(w *Weights) ([]byte, error) {
	tr := w.Training
	if tr == nil {
		tr = &Training{}
	}
	if s := tr.Settings; s != nil && s.Config.Batch != 1 {
		return nil, fmt.Errorf("a training with batch %d: want 1 in the article's form, or a name that ends in .npz", s.Config.Batch)
	}
	if s := tr.Settings; s != nil && s.Config.Optimizer.Method != SGD {
		return nil, fmt.Errorf("a training by %s: want %s in the article's form, or a name that ends in .npz", s.Config.Optimizer.Method, SGD)
	}
	if err := readsAs(w); err != nil {
		return nil, fmt.Errorf("%w: want a name that ends in .npz", err)
	}
	p := newPickle()
	p.beginArray(nil, "O8", "|", 63)
	p.raw("](}(") // a list of its elements, the first is a dict
	p.text("step")
	p.int32(len(tr.Losses) - 1)
	p.text("loss_change")
	p.raw("](")
	for _, l := range tr.Losses {
		p.float(l)
	}
	p.raw("e")
	p.text("accuracy_change")
	p.raw("](")
	for _, c := range tr.Correct {
		p.bool(c != 0)
	}
	p.raw("e")
	for _, t := range w.Tensors {
		p.text(t.Name)
		if err := p.tensor(t); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	p.raw("ue")
	p.endArray()
	p.raw(".")
	return p.b, nil
}

// readsAs reports where a reader of the article's form, who has the shapes of
// the parameters alone, would make another network of it.
func readsAs(w *Weights) error {
	if w.Network == nil {
		return nil
	}
	is, err := w.Network.Shapes()
	if err != nil {
		return err
	}
	n, err := w.asArticle()
	if err != nil {
		return fmt.Errorf("the article's form keeps no network: %w", err)
	}
	read, err := n.Shapes()
	if err != nil {
		return err
	}
	const taken = "the article's form keeps no network, and would be read with"
	if len(is) != len(read) {
		return fmt.Errorf("%s %d layers instead of %d", taken, len(read), len(is))
	}
	for i, s := range is {
		r := read[i]
		switch {
		case s.Kind != r.Kind:
			return fmt.Errorf("%s %s instead of %s", taken, r.Name, s.Name)
		case s.Geometry != r.Geometry:
			return fmt.Errorf("%s %s %v instead of %v", taken, s.Name, r.Geometry, s.Geometry)
		case s.Activation != r.Activation:
			return fmt.Errorf("%s %s's activation %v instead of %v", taken, s.Name, r.Activation, s.Activation)
		case s.In != r.In || s.Out != r.Out:
			return fmt.Errorf("%s %s's %d inputs and %d outputs instead of %d and %d", taken, s.Name, r.In, r.Out, s.In, s.Out)
		}
	}
	return nil
}

// pickleStream is a stream of protocol 3's operations, after an .npy's header.
type pickleStream struct{ b []byte }

func newPickle() *pickleStream {
	header := "{'descr': '|O', 'fortran_order': False, 'shape': (), }"
	const before, multiple = 10, 64 // NumPy aligns what follows the header
	header += strings.Repeat(" ", multiple-1-(before+len(header))%multiple) + "\n"
	p := &pickleStream{b: append(npy.Magic[:len(npy.Magic):len(npy.Magic)], 1, 0)}
	p.b = binary.LittleEndian.AppendUint16(p.b, uint16(len(header)))
	p.raw(header + "\x80\x03")
	return p
}

func (p *pickleStream) raw(ops string) { p.b = append(p.b, ops...) }

func (p *pickleStream) text(s string) {
	p.raw("X")
	p.b = binary.LittleEndian.AppendUint32(p.b, uint32(len(s)))
	p.raw(s)
}

func (p *pickleStream) int32(n int) {
	p.raw("J")
	p.b = binary.LittleEndian.AppendUint32(p.b, uint32(int32(n)))
}

func (p *pickleStream) float(x float64) {
	p.raw("G")
	p.b = binary.BigEndian.AppendUint64(p.b, math.Float64bits(x))
}

func (p *pickleStream) bool(x bool) {
	if x {
		p.raw("\x88")
	} else {
		p.raw("\x89")
	}
}

// beginArray writes an array up to its elements, endArray what follows them:
//
//	_reconstruct(ndarray, (0,), b'b'), its state (1, dims, dtype, False, elements)
func (p *pickleStream) beginArray(dims []int, kind, order string, flags int) {
	p.raw("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01(")
	for _, d := range dims {
		p.int32(d)
	}
	p.raw("tcnumpy\ndtype\n")
	p.text(kind)
	p.raw("\x89\x88\x87R(K\x03") // dtype(kind, False, True), its state (3, order, …)
	p.text(order)
	p.raw("NNN")
	p.int32(-1)
	p.int32(-1)
	p.int32(flags)
	p.raw("tb\x89")
}

func (p *pickleStream) endArray() { p.raw("tb") }

// tensor writes a parameter as the article has it: kernels as a list of
// matrices, biases of dense layers as matrices of one row.
func (p *pickleStream) tensor(t Tensor) error {
	switch {
	case strings.HasPrefix(t.Name, "conv_w_") && len(t.Dims) == 4:
		taps, kernels := t.Dims[0]*t.Dims[1], t.Dims[2]*t.Dims[3]
		p.raw("](")
		for i := range kernels {
			kernel := Tensor{Dims: t.Dims[:2]}
			if t.Float32 != nil {
				kernel.Float32 = everyNth(t.Float32[i:], kernels, taps)
			} else {
				kernel.Float64 = everyNth(t.Float64[i:], kernels, taps)
			}
			p.array(kernel)
		}
		p.raw("e")
	case strings.HasPrefix(t.Name, "fc_b_") && len(t.Dims) == 1:
		t.Dims = []int{1, t.Dims[0]}
		p.array(t)
	case strings.HasPrefix(t.Name, "fc_w_"), strings.HasPrefix(t.Name, "conv_b_"):
		p.array(t)
	default:
		return fmt.Errorf("%v: the article's form has no place for it", t.Dims)
	}
	return nil
}

// everyNth returns n elements of data, a step apart.
func everyNth[T engine.Float](data []T, step, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = data[i*step]
	}
	return out
}

func (p *pickleStream) array(t Tensor) {
	kind, size := "f8", 8
	if t.Float32 != nil {
		kind, size = "f4", 4
	}
	p.beginArray(t.Dims, kind, "<", 0)
	p.raw("B")
	p.b = binary.LittleEndian.AppendUint32(p.b, uint32(t.Len()*size))
	for _, x := range t.Float32 {
		p.b = binary.LittleEndian.AppendUint32(p.b, math.Float32bits(x))
	}
	for _, x := range t.Float64 {
		p.b = binary.LittleEndian.AppendUint64(p.b, math.Float64bits(x))
	}
	p.endArray()
}

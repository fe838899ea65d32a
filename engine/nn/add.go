package nn

import (
	"fmt"

	"github.com/unslide/unslide/engine"
)

// Add describes the sum of what layers of one size leave, as at the end of a
// residual block.
type Add struct{}

var addKind = kind{
	word: "add", prefix: "add", joins: true,
	read: func(r *fieldReader) Op {
		r.fields(nil)
		return Add{}
	},
	float32: newAdd[float32], float64: newAdd[float64],
}

func (Add) kind() *kind { return &addKind }

func (Add) check() error { return nil }

func (Add) shape(in []Size) (Shape, error) {
	for _, size := range in[1:] {
		if size != in[0] {
			return Shape{}, layerFault("sizes", fmt.Sprintf("%v and %v", in[0], size), "the same of all that is added")
		}
	}
	return Shape{Output: in[0], FLOP: float64(len(in)-1) * float64(in[0].Len())}, nil
}

type add[T engine.Float] struct{ update *engine.Update[T] }

func newAdd[T engine.Float](_ Shape, opts engine.Option) (operation[T], error) {
	update, err := engine.NewUpdate[T](opts)
	return &add[T]{update}, err
}

func (a *add[T]) String() string { return fmt.Sprintf("add %T", *new(T)) }

func (a *add[T]) forward(v *values[T]) {
	copy(v.dst, v.src[0])
	for _, src := range v.src[1:] {
		accumulate(a.update, v.dst, src)
	}
}

func (a *add[T]) backward(v *values[T]) {
	for _, dSrc := range v.dSrc {
		copy(dSrc, v.dDst)
	}
}

// accumulate adds x to dst.
func accumulate[T engine.Float](u *engine.Update[T], dst, x []T) { u.SGD(dst, x, -1) }

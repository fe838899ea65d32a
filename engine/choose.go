package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/im2col"
)

// Pass is one of the three computations of a convolution.
type Pass uint8

const (
	PassForward Pass = iota
	PassData         // the gradient to the data
	PassFilter       // the gradient to filter and bias
	numPasses
)

var passNames = [numPasses]string{"forward", "backward-data", "backward-filter"}

func (p Pass) String() string {
	if p < numPasses {
		return passNames[p]
	}
	return fmt.Sprintf("Pass(%d)", uint8(p))
}

// Choice says how a plan computes one pass.
type Choice struct {
	Pass      Pass
	Algorithm Algorithm // never Auto
	How       string    // the kernel and the blocks
	Why       string    // a phrase
}

func (c Choice) String() string { return fmt.Sprintf("%v: %s (%s)", c.Pass, c.How, c.Why) }

// Reasons of a choice.
const (
	whyForced    = "as told"
	whyDirect    = "the engine's own kernels, without a patch matrix, are the fastest exact way"
	whyFast      = "fast algorithms are allowed"
	whyFloat64   = "own kernels are for float32"
	whyPortable  = "no assembly for this machine in this build"
	whyTables    = "a table of offsets for so large a kernel would fill the memory"
	whyNot3x3    = "Winograd is for 3×3 kernels of stride 1, forward and to the data"
	whyFewPixels = "so few pixels do not pay for packing so large a filter"
)

// choose returns the algorithm of a pass. g is the convolution that computes
// it: for the gradient to the data that of one phase, channels and filters
// exchanged. See [Auto] for the rule.
func choose[T Float](pass Pass, g *im2col.Geometry, o *options) (Algorithm, string) {
	a := o.algorithms[pass]
	switch {
	case a == GEMM:
		return GEMM, whyForced
	case sizeOf[T]() != 4:
		return GEMM, whyFloat64
	case a == Winograd && (pass == PassFilter || !winogradFits(g)):
		return Direct, whyNot3x3
	case a != Auto:
		return a, whyForced
	case o.isa == kernel.Portable:
		return GEMM, whyPortable
	case o.fast && pass != PassFilter && winogradPays(g):
		return Winograd, whyFast
	}
	return Direct, whyDirect
}

// ownProducts reports whether the engine's own packed product multiplies the
// matrices of a dense layer.
func ownProducts[T Float](o *options) bool {
	return sizeOf[T]() == 4 && o.isa != kernel.Portable && o.algorithms[PassForward] != GEMM
}

// packed are the engine's own products, by instruction set.
var packed = func() map[kernel.ISA]*gemm.Packed {
	m := make(map[kernel.ISA]*gemm.Packed)
	for _, isa := range kernel.Available() {
		m[isa] = gemm.NewPacked(isa)
	}
	return m
}()

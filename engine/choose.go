package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Pass is one of a convolution's computations.
type Pass uint8

const (
	PassForward Pass = iota
	PassData         // the gradient to the data
	PassFilter       // the gradient to filter and bias
	PassPacked       // the forward pass with a filter packed beforehand
	numPasses
)

var passNames = [numPasses]string{"forward", "backward-data", "backward-filter", "forward-packed"}

func (p Pass) String() string {
	if p < numPasses {
		return passNames[p]
	}
	return fmt.Sprintf("Pass(%d)", uint8(p))
}

// Reasons of a choice.
const (
	whyForced       = "as told"
	whyDirect       = "the engine's own kernels, without a patch matrix, are the fastest exact way"
	whyDepthwise    = "every channel has one filter of its own"
	whyNotDepthwise = "depthwise is for channels that have one filter of their own each"
	whyFast         = "fast algorithms are allowed"
	whyFloat64      = "the direct kernels are for float32"
	whyPortable     = "no assembly for this machine in this build"
	whyTables       = "a table of offsets for so large a kernel would be larger than the tensors"
	whyNot3x3       = "Winograd is for 3×3 kernels of stride 1, all of which meets the image, and for several rows and columns of outputs"
	whyNarrow       = "so few channels fill little of a tile of the own kernels, the kernel's elements fill it"
	whyForwardAlone = "the algorithm has no gradient to the filter"
	whyReady        = "fast algorithms are allowed, and the filter is at hand beforehand"

	whyManyPhases = "the stride has so many phases that a product for each would be mostly overhead"
	whyFewOutputs = "so few outputs meet so large a kernel that products by input pixel would be mostly padding"
)

// A choice is an algorithm, and another one for calls of fewer than from
// images.
type choice struct {
	algorithm, few Algorithm
	from           int
	why            string
}

// choose returns the algorithm of a pass. g is the convolution that computes
// it: for the gradient to the data that of one phase, channels and filters
// exchanged.
func choose[T Float](pass Pass, g *im2col.Geometry, o *options) choice {
	switch a := o.algorithms[pass]; {
	case a == GEMM:
		return choice{algorithm: GEMM, why: whyForced}
	case !size4[T]():
		return choice{algorithm: GEMM, why: whyFloat64}
	case a == Auto:
		return auto(pass, g, o)
	default:
		row := rowOf(a)
		if why := row.unfit(g); why != "" {
			return choice{algorithm: exact(g).Algorithm, why: why}
		}
		return choice{algorithm: a, why: whyForced}
	}
}

// auto is the rule of [Auto] for float32: the first of the table that fits, pays
// and is allowed. The table's numbers come from measuring the layers of VGG,
// ResNet-50 and DeepBench with each algorithm, on a Zen 4 with OpenBLAS's AVX-512
// kernels; forward, Direct was at least 1.03 times as fast as GEMM on all of them.
func auto(pass Pass, g *im2col.Geometry, o *options) choice {
	if o.isa == kernel.Portable {
		return choice{algorithm: GEMM, why: whyPortable}
	}
	for _, row := range algorithms {
		if row.fast && !o.fast || row.unfit(g) != "" {
			continue
		}
		c := choice{algorithm: row.Algorithm, why: row.why}
		if row.pays != nil {
			from, pays := row.pays(g, pass == PassPacked)
			if !pays {
				continue
			}
			if c.few, c.from = exact(g).Algorithm, from; pass == PassPacked {
				c.why = whyReady
			}
		}
		return c
	}
	return choice{algorithm: GEMM}
}

// ownProducts reports whether the engine's own packed product multiplies the
// matrices of a dense layer.
func ownProducts[T Float](o *options) bool {
	return size4[T]() && o.isa != kernel.Portable && o.algorithms[PassForward] != GEMM
}

// packed are the engine's own products, by instruction set.
var packed = func() map[kernel.ISA]*gemm.Packed {
	m := make(map[kernel.ISA]*gemm.Packed)
	for _, isa := range ISAs() {
		m[isa] = gemm.NewPacked(isa)
	}
	return m
}()

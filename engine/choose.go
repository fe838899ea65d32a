package engine

import (
	"fmt"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/cut"
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
	whyForced   = "as told"
	whyDirect   = "the engine's own kernels, without a patch matrix, are the fastest exact way"
	whyFast     = "fast algorithms are allowed"
	whyFloat64  = "own kernels are for float32"
	whyPortable = "no assembly for this machine in this build"
	whyTables   = "a table of offsets for so large a kernel would be larger than the tensors"
	whyNot3x3   = "Winograd is for 3×3 kernels of stride 1, all of which meets the image, and for several rows and columns of outputs"
	whyNarrow   = "so few channels fill little of a tile of the own kernels, the kernel's elements fill it"
	whyReady    = "fast algorithms are allowed, and the filter is at hand beforehand"

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
	case cut.SizeOf[T]() != 4:
		return choice{algorithm: GEMM, why: whyFloat64}
	case a == Winograd && !winogradFits(g):
		return choice{algorithm: Direct, why: whyNot3x3}
	case a != Auto:
		return choice{algorithm: a, why: whyForced}
	}
	return auto(pass, g, o)
}

// auto is the rule of [Auto] for float32. Its numbers come from measuring the
// layers of VGG, ResNet-50 and DeepBench with each algorithm, on a Zen 4 with
// OpenBLAS's AVX-512 kernels; forward, Direct was at least 1.03 times as fast as
// GEMM on all of them.
func auto(pass Pass, g *im2col.Geometry, o *options) choice {
	const winogradChannels = 16
	switch {
	case o.isa == kernel.Portable:
		return choice{algorithm: GEMM, why: whyPortable}
	case o.fast && winogradFits(g) &&
		g.C >= winogradChannels && g.OC >= winogradChannels && g.OH >= 6 && g.OW >= 6:
		if pass == PassPacked {
			return choice{algorithm: Winograd, why: whyReady}
		}
		const enough = 8 // tiles of a call, that pay for transforming the filter or its gradient
		tiling := newWinogradTiling(*g)
		return choice{algorithm: Winograd, few: Direct, from: cut.Ceil(enough, tiling.tiles(1)), why: whyFast}
	}
	return choice{algorithm: Direct, why: whyDirect}
}

// planesPay reports whether Direct computes the gradient to the data of g faster
// by one product with the kernel's elements as rows, [directPlanes], than by one
// for each phase with the channels as columns. If the multiplications on full
// tiles take 1, the columns take 9/C, and the rows 1, 20/(Taps·C) for turning the
// output's gradient and (3 + 2.5·StrideH·StrideW)/OC for adding up the planes:
// fitted to measurements of 1 to 16 channels, 8 to 128 filters, kernels of 1×1 to
// 7×7 in strides of 1 and 2, with AVX-512 and with AVX2. The columns leave
// products with padding out, and the rows leave a part of the last tile empty, of
// an image or, with a kernel row lower than a tile, of a row: fitted to images of
// 7×7 and 14×14.
func planesPay(g *im2col.Geometry) bool {
	const mr, nr = 14, 32
	c, area := float64(g.C), float64(g.StrideH)*float64(g.StrideW)
	inside := g.Vertical().Inside() * g.Horizontal().Inside()
	run, unit := g.Rows(), nr
	if g.OW < nr && g.KW*g.C < mr {
		run, unit = g.OW, nr/2
	}
	filled := float64(run) / float64(cut.Ceil(run, unit)*unit)
	time := c + 20/float64(g.Taps()) + c*(3+2.5*area)/float64(g.OC)
	return g.Groups == 1 && time < 9 && time < 13*inside*filled
}

// ownProducts reports whether the engine's own packed product multiplies the
// matrices of a dense layer.
func ownProducts[T Float](o *options) bool {
	return cut.SizeOf[T]() == 4 && o.isa != kernel.Portable && o.algorithms[PassForward] != GEMM
}

// packed are the engine's own products, by instruction set.
var packed = func() map[kernel.ISA]*gemm.Packed {
	m := make(map[kernel.ISA]*gemm.Packed)
	for _, isa := range ISAs() {
		m[isa] = gemm.NewPacked(isa)
	}
	return m
}()

package engine

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/depthwise"
	"github.com/unslide/unslide/engine/internal/direct"
	"github.com/unslide/unslide/engine/internal/lowered"
	"github.com/unslide/unslide/engine/internal/winograd"
	"github.com/unslide/unslide/im2col"
)

// Algorithm is a way to compute a convolution.
type Algorithm uint8

const (
	// Auto takes the fastest algorithm by a rule from measurements: GEMM for
	// float64 and where there is no assembly; Winograd where
	// WithFastAlgorithms allows it and a 3×3 layer of stride 1 has at least 16
	// channels, 16 filters, 6×6 outputs and a call at least 8 tiles of 4×4 (any
	// number with a packed filter); Depthwise where every channel has one filter of
	// its own; otherwise Direct. A gradient to the data with a stride is a layer of
	// stride 1 for each of its phases. Conv2D.Choices says which and why. The rule
	// looks at the geometry and the batch alone, so the same build, CPU and options
	// give the same bits.
	Auto Algorithm = iota
	// GEMM lowers blocks of patches to a matrix and multiplies it by BLAS. The
	// gradient to the data is a product for each phase of the stride or, where
	// there are more than 16 or they multiply more than 2.5 times as much as the
	// forward pass, one whose patches are raised: added to where they came from.
	GEMM
	// Direct reads the patches in place by the engine's own float32 kernels,
	// without a patch matrix and without BLAS; the gradient to the data of few
	// channels, where 20/(KH·KW) + C·(3 + 2.5·StrideH·StrideW)/OC < 9 − C, as a
	// product with the kernel's elements as rows, unless images are small and
	// padded or leave much of a tile empty. With more than 16 phases of the stride,
	// or phases that multiply more than 8 times as much as the forward pass, that
	// gradient is added to the data by one product for each kernel row. Where every
	// channel has one filter of its own it is Depthwise; for float64, and where a
	// kernel is so large that the offsets of its elements would take more memory than
	// the tensors, it is GEMM.
	Direct
	// Depthwise computes convolutions where every channel has one filter of its own,
	// channel by channel, by the engine's own float32 kernels; the gradient to the
	// data pixel by pixel with more than 16 phases of the stride, or phases that
	// multiply more than 2.5 times as much as the forward pass. Everything else it
	// computes as Direct does.
	Depthwise
	// Winograd computes 3×3 convolutions of stride 1 by minimal filtering, with a
	// quarter of the multiplications, and everything else as Direct does. It
	// rounds elsewhere: sums of integers are not exact, and an element is off by
	// up to 24·2⁻²⁴·S, where S is what the absolute values of its terms sum to if
	// all values of a channel are as large as the largest. It overflows where
	// 2⁷·S, or 2⁷ times a value of src or dPre, would. A value that is not finite
	// spreads over what is computed together with its sums: a tile of 4×4 outputs,
	// the 3×3 elements of a filter's gradient.
	Winograd
	numAlgorithms
)

func (a Algorithm) String() string {
	if a == Auto {
		return "auto"
	}
	if row := rowOf(a); row != nil {
		return row.name
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// ParseAlgorithm is the inverse of [Algorithm.String].
func ParseAlgorithm(s string) (Algorithm, error) {
	for _, a := range Algorithms() {
		if s == a.String() {
			return a, nil
		}
	}
	return 0, fault("algorithm", strconv.Quote(s), algorithmNames())
}

// Algorithms lists every algorithm, [Auto] first.
func Algorithms() []Algorithm {
	all := make([]Algorithm, numAlgorithms)
	for i := range all {
		all[i] = Algorithm(i)
	}
	return all
}

// algorithmNames lists what [ParseAlgorithm] takes.
func algorithmNames() string {
	var names []string
	for _, a := range Algorithms() {
		names = append(names, a.String())
	}
	return strings.Join(names, ", ")
}

// An algorithm is a row of the table of algorithms: what choice, options, Choices
// and Tune know of it.
type algorithm struct {
	Algorithm
	name string
	// fast says that it rounds elsewhere than the definition does.
	fast bool
	// unfit says why it is not for a geometry, "" where it is.
	unfit func(g *im2col.Geometry) string
	// pays reports whether it is the fastest way for a geometry that it fits, and
	// from how many images of a call on; nil: it is, for any number.
	pays func(g *im2col.Geometry, prepacked bool) (from int, pays bool)
	why  string // Auto takes it

	single passes[float32]
	double passes[float64] // without a product where it is for float32 alone
}

// passes are the constructors of an algorithm. What is nil, and what a constructor
// but filter returns nil for, GEMM computes.
type passes[T Float] struct {
	// product computes the forward pass, or one phase of the gradient to the data.
	product func(conv.Product, conv.Config[T]) conv.Runner[T]
	filter  func(im2col.Geometry, conv.Config[T]) conv.Gradient[T]
	// whole computes all phases of the gradient to the data at once, where that is
	// the faster way; nil: it never is.
	whole func(im2col.Geometry, conv.Config[T]) conv.Runner[T]
	// raised does so for any geometry where the phases are too many or multiply
	// more than raiseFrom times as much as the forward pass.
	raised    func(*conv.Phases, conv.Config[T]) conv.Runner[T]
	raiseFrom float64 // 0 stands for GEMM's
}

// limit is raiseFrom, or what it stands for.
func (p *passes[T]) limit() float64 { return cmp.Or(p.raiseFrom, lowered.RaiseFrom) }

// algorithms are in the order in which a plan looks for one that fits. The last
// fits everything.
var algorithms = []*algorithm{
	{
		Algorithm: Winograd, name: "winograd", fast: true, pays: winograd.Pays, why: whyFast,
		unfit: func(g *im2col.Geometry) string { return unless(winograd.Fits(g), whyNot3x3) },
		single: passes[float32]{
			product: winograd.NewProduct, filter: winograd.NewFilter, raised: direct.NewRaised, raiseFrom: direct.RaiseFrom,
		},
	},
	{
		Algorithm: Depthwise, name: "depthwise", why: whyDepthwise,
		unfit: func(g *im2col.Geometry) string { return unless(conv.Depthwise(g), whyNotDepthwise) },
		single: passes[float32]{
			product: depthwise.NewProduct, filter: depthwise.NewFilter, raised: depthwise.NewData, raiseFrom: depthwise.RaiseFrom,
		},
	},
	{
		Algorithm: Direct, name: "direct", why: whyDirect,
		unfit: func(g *im2col.Geometry) string { return unless(!conv.Depthwise(g), whyDepthwise) },
		single: passes[float32]{
			product: direct.NewProduct, filter: direct.NewFilter, whole: narrow, raised: direct.NewRaised, raiseFrom: direct.RaiseFrom,
		},
	},
	{
		Algorithm: GEMM, name: "gemm",
		unfit:  func(*im2col.Geometry) string { return "" },
		single: byGEMM[float32](),
		double: byGEMM[float64](),
	},
}

func byGEMM[T Float]() passes[T] {
	return passes[T]{
		product: lowered.NewProduct[T], filter: lowered.NewFilter[T], raised: lowered.NewRaised[T], raiseFrom: lowered.RaiseFrom,
	}
}

// narrow computes the gradient to few channels on planes.
func narrow(g im2col.Geometry, c conv.Config[float32]) conv.Runner[float32] {
	if !direct.PlanesPay(&g) {
		return nil
	}
	return direct.NewPlanes(g, c)
}

func unless(fits bool, why string) string {
	if fits {
		return ""
	}
	return why
}

// rowOf returns the row of an algorithm, which is not Auto.
func rowOf(a Algorithm) *algorithm {
	for _, row := range algorithms {
		if row.Algorithm == a {
			return row
		}
	}
	return nil
}

// exact returns the first algorithm that fits a geometry and computes the sums as
// they are defined.
func exact(g *im2col.Geometry) *algorithm {
	for _, row := range algorithms {
		if !row.fast && row.unfit(g) == "" {
			return row
		}
	}
	return nil
}

// passesOf returns an algorithm's constructors for an element type, nil where it has
// none.
func passesOf[T Float](row *algorithm) *passes[T] {
	if p, ok := any(&row.single).(*passes[T]); ok {
		return p
	}
	if p := any(&row.double).(*passes[T]); p.product != nil {
		return p
	}
	return nil
}

// size4 reports whether T is float32.
func size4[T Float]() bool { return cut.SizeOf[T]() == 4 }

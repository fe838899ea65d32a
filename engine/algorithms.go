package engine

import (
	"strings"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/depthwise"
	"github.com/unslide/unslide/engine/internal/direct"
	"github.com/unslide/unslide/engine/internal/lowered"
	"github.com/unslide/unslide/engine/internal/winograd"
	"github.com/unslide/unslide/im2col"
)

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

// passes are the constructors of an algorithm. A constructor returns nil for what
// it does not compute.
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
	raiseFrom float64
}

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

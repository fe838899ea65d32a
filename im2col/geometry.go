package im2col

import (
	"errors"
	"fmt"
	"math"
)

// Float is the element type of an image or a matrix.
type Float interface{ float32 | float64 }

// Input is the size of one image: rows, columns, channels (NHWC without the N).
type Input struct{ H, W, C int }

// Filter is the size of a filter bank: kernel rows, kernel columns and the
// number of filters, which is the number of output channels.
type Filter struct{ KH, KW, OC int }

// Geometry says everything about one 2-D convolution. All sizes are in
// elements. Make one with [New]; a literal is as good when [Geometry.Validate]
// accepts it. Geometries are comparable.
//
// All arrays are row-major and dense:
//
//	image   [H][W][C]
//	filter  [KH][KW][C/Groups][OC]
//	output  [OH][OW][OC]
//
// Output element (oh, ow) meets kernel element (kh, kw) at input row
// oh·StrideH − PadTop + TapRow(kh) and column ow·StrideW − PadLeft + TapCol(kw);
// where that lies outside the image the input counts as zero. OH, OW, PadTop and
// PadLeft are the truth; the padding at the bottom and right follows from them
// and is negative where the kernel never reaches the last rows or columns.
type Geometry struct {
	H, W, C              int
	OC                   int
	KH, KW               int
	StrideH, StrideW     int
	DilationH, DilationW int
	Groups               int
	PadTop, PadLeft      int
	OH, OW               int
	// Flip selects mathematical convolution (the kernel turned by 180°)
	// instead of cross-correlation, which most frameworks call convolution.
	Flip bool
}

// Option sets one property of a Geometry that has a usual value.
type Option func(*Geometry)

// Stride sets the step between outputs in input rows and columns; default 1×1.
func Stride(h, w int) Option { return func(g *Geometry) { g.StrideH, g.StrideW = h, w } }

// Dilation sets the step between kernel elements in input rows and columns;
// default 1×1.
func Dilation(h, w int) Option { return func(g *Geometry) { g.DilationH, g.DilationW = h, w } }

// Groups cuts the channels into n groups that do not see each other; default 1.
// Filter oc belongs to group oc / (OC/n).
func Groups(n int) Option { return func(g *Geometry) { g.Groups = n } }

// Flip selects mathematical convolution: the kernel is turned by 180°.
func Flip() Option { return func(g *Geometry) { g.Flip = true } }

// New makes the Geometry of a convolution of one image with a filter bank
// under a padding rule. Its error joins a [Fault] for each that it has.
func New(in Input, f Filter, p Padding, opts ...Option) (Geometry, error) {
	g := Geometry{
		H: in.H, W: in.W, C: in.C,
		OC: f.OC, KH: f.KH, KW: f.KW,
		StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1,
	}
	for _, o := range opts {
		o(&g)
	}
	errs := g.validateSizes()
	if p.apply == nil {
		errs = append(errs, fault("padding rule", "", "Same, Valid, Padded, PaddedCeil or Centred"))
	}
	// The rule divides by the stride, so the sizes must be sound first.
	if err := errors.Join(errs...); err != nil {
		return Geometry{}, err
	}
	if err := p.apply(&g); err != nil {
		return Geometry{}, err
	}
	if err := g.Validate(); err != nil {
		return Geometry{}, err
	}
	return g, nil
}

// NewPool makes the Geometry of a pooling: every channel by itself, so that
// Groups and OC equal C.
func NewPool(in Input, kh, kw int, p Padding, opts ...Option) (Geometry, error) {
	opts = append(opts[:len(opts):len(opts)], Groups(in.C))
	return New(in, Filter{KH: kh, KW: kw, OC: in.C}, p, opts...)
}

// Validate reports every [Fault] of the Geometry in one error, nil if there is
// none.
func (g *Geometry) Validate() error {
	errs := g.validateSizes()
	if g.OH < 1 || g.OW < 1 {
		errs = append(errs, fault("output", times(g.OH, g.OW), "at least 1×1"))
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if g.PadTop < -maxPad || g.PadTop > maxPad || g.PadLeft < -maxPad || g.PadLeft > maxPad {
		errs = append(errs, badPadding(fmt.Sprintf("top %d, left %d", g.PadTop, g.PadLeft)))
	}
	for _, p := range []struct {
		name string
		f    []int
	}{
		{"input", []int{g.H, g.W, g.C}},
		{"filter", []int{g.KH, g.KW, g.C / g.Groups, g.OC}},
		{"output", []int{g.OH, g.OW, g.OC}},
		{"kernel reach", []int{g.KH, g.DilationH}},
		{"kernel reach", []int{g.KW, g.DilationW}},
		{"output reach", []int{g.OH, g.StrideH}},
		{"output reach", []int{g.OW, g.StrideW}},
	} {
		n := 1
		for _, f := range p.f {
			if f > 0 && n > maxLen/f {
				errs = append(errs, fault(p.name, times(p.f...), fmt.Sprintf("at most %d elements", maxLen)))
				break
			}
			n *= f
		}
	}
	return errors.Join(errs...)
}

const (
	// maxSize bounds one size, maxPad a padding and maxLen a product of sizes, so
	// that sums of any few of them stay far from overflow.
	maxSize = math.MaxInt32
	maxPad  = min(math.MaxInt32, math.MaxInt/8)
	maxLen  = min(1<<40, math.MaxInt/8)
)

func (g *Geometry) validateSizes() []error {
	var errs []error
	pos := func(name string, v ...int) {
		for _, x := range v {
			if x < 1 || x > maxSize {
				errs = append(errs, fault(name, times(v...), fmt.Sprintf("at least %s, at most %d each", times(ones(len(v))...), maxSize)))
				return
			}
		}
	}
	pos("input", g.H, g.W, g.C)
	pos("kernel", g.KH, g.KW)
	pos("filters", g.OC)
	pos("stride", g.StrideH, g.StrideW)
	pos("dilation", g.DilationH, g.DilationW)
	pos("groups", g.Groups)
	if g.Groups >= 1 && g.C >= 1 && g.C%g.Groups != 0 {
		errs = append(errs, fault("groups", fmt.Sprint(g.Groups), fmt.Sprintf("a divisor of the %d input channels", g.C)))
	}
	if g.Groups >= 1 && g.OC >= 1 && g.OC%g.Groups != 0 {
		errs = append(errs, fault("groups", fmt.Sprint(g.Groups), fmt.Sprintf("a divisor of the %d filters", g.OC)))
	}
	return errs
}

func ones(n int) []int {
	v := make([]int, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

func times(v ...int) string {
	s := ""
	for i, x := range v {
		if i > 0 {
			s += "×"
		}
		s += fmt.Sprint(x)
	}
	return s
}

// TapRow returns how many rows below the window's first row kernel row kh
// reads: kh·DilationH, counted from the other end where the kernel is turned.
func (g *Geometry) TapRow(kh int) int {
	if g.Flip {
		kh = g.KH - 1 - kh
	}
	return kh * g.DilationH
}

// TapCol is TapRow for columns.
func (g *Geometry) TapCol(kw int) int {
	if g.Flip {
		kw = g.KW - 1 - kw
	}
	return kw * g.DilationW
}

// PadBottom returns the rows of zeros that the last output row's window needs
// below the image; negative where the window never reaches the last rows.
func (g *Geometry) PadBottom() int {
	return (g.OH-1)*g.StrideH + (g.KH-1)*g.DilationH + 1 - g.PadTop - g.H
}

// PadRight is PadBottom for columns.
func (g *Geometry) PadRight() int {
	return (g.OW-1)*g.StrideW + (g.KW-1)*g.DilationW + 1 - g.PadLeft - g.W
}

// Rows returns OH·OW, the rows of one image's patch matrix: M of the product
// for a batch of one.
func (g *Geometry) Rows() int { return g.OH * g.OW }

// Taps returns KH·KW, the kernel's elements.
func (g *Geometry) Taps() int { return g.KH * g.KW }

// GroupC returns C/Groups, the input channels that one filter sees.
func (g *Geometry) GroupC() int { return g.C / g.Groups }

// GroupOC returns OC/Groups, the filters of one group: N of its product.
func (g *Geometry) GroupOC() int { return g.OC / g.Groups }

// Depth returns KH·KW·C/Groups, the columns of one group's patch matrix: K of
// its product.
func (g *Geometry) Depth() int { return g.KH * g.KW * g.GroupC() }

// InputLen returns H·W·C, the elements of one image.
func (g *Geometry) InputLen() int { return g.H * g.W * g.C }

// FilterLen returns KH·KW·(C/Groups)·OC, the elements of the filter bank.
func (g *Geometry) FilterLen() int { return g.Depth() * g.OC }

// OutputLen returns OH·OW·OC, the elements of one output image.
func (g *Geometry) OutputLen() int { return g.OH * g.OW * g.OC }

// FLOP returns the floating-point operations of one image, a multiplication
// and an addition counted as two, padding included: 2·M·N·K over all groups.
// Each of the three passes takes as many.
func (g *Geometry) FLOP() float64 {
	return 2 * float64(g.Rows()) * float64(g.OC) * float64(g.Depth())
}

// String describes the Geometry in one line.
func (g Geometry) String() string {
	s := fmt.Sprintf("%d×%d×%d → %d×%d×%d kernel %d×%d stride %d×%d pad %d,%d,%d,%d",
		g.H, g.W, g.C, g.OH, g.OW, g.OC, g.KH, g.KW, g.StrideH, g.StrideW,
		g.PadTop, g.PadBottom(), g.PadLeft, g.PadRight())
	if g.DilationH != 1 || g.DilationW != 1 {
		s += fmt.Sprintf(" dilation %d×%d", g.DilationH, g.DilationW)
	}
	if g.Groups != 1 {
		s += fmt.Sprintf(" groups %d", g.Groups)
	}
	if g.Flip {
		s += " flipped"
	}
	return s
}

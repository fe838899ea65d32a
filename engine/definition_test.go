package engine

import (
	"math"
	"math/rand/v2"

	"github.com/unslide/unslide/im2col"
)

// A defined is a batch and what the definition makes of it, in float64.
type defined struct {
	g                       im2col.Geometry
	n                       int
	values                  values
	src, filter, bias, dDst []float64
	dst, dSrc               sums
	dFilter, dBias          sums
	// The elements of values that are not finite, or −1.
	badSrc, badFilter, badDst int
}

// values are what the tensors hold where the definition reads them. Where it does
// not they hold NaN, and filters something huge.
type values uint8

const (
	whole     values = iota // small integers, whose sums are exact
	reals                   // drawn from a normal distribution
	notFinite               // small integers, and an element of each tensor that is not finite
)

// sums are results with, for each, the sum of absolute values of its terms, of
// which there are up to terms. even is what these would sum to if all values of a
// channel were as large as the largest; its elements stand for those of all rows
// of as many results.
type sums struct {
	of, abs, even []float64
	terms         int
}

func newSums(length, terms int) sums {
	return sums{of: make([]float64, length), abs: make([]float64, length), terms: terms}
}

func (s *sums) add(i int, x float64) {
	s.of[i] += x
	s.abs[i] += math.Abs(x)
}

// define draws the values of a batch and computes all passes.
func define(r *rand.Rand, g im2col.Geometry, n int, v values) *defined {
	d := &defined{g: g, n: n, values: v}
	draw := func(n int) (x []float64, bad int) {
		x, bad = make([]float64, n), -1
		for i := range x {
			if v == reals {
				x[i] = float64(float32(r.NormFloat64()))
			} else {
				x[i] = float64(r.IntN(9) - 4)
			}
		}
		if v == notFinite && n > 0 {
			bad = r.IntN(n)
			x[bad] = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)]
		}
		return x, bad
	}
	d.src, d.badSrc = draw(n * g.InputLen())
	d.filter, d.badFilter = draw(g.FilterLen())
	d.bias, _ = draw(g.OC)
	d.dDst, d.badDst = draw(n * g.OutputLen())
	d.poison(r)
	d.dst = newSums(len(d.dDst), g.Depth()+1)
	d.dSrc = newSums(len(d.src), g.Taps()*g.GroupOC())
	d.dFilter = newSums(len(d.filter), n*g.Rows())
	d.dBias = newSums(len(d.bias), n*g.Rows())
	for i, x := range d.dDst {
		d.dst.add(i, d.bias[i%g.OC])
		d.dBias.add(i%g.OC, x)
	}
	d.compute()
	if g.Groups == 1 {
		d.level()
	}
	return d
}

// huge is more than any value that is read.
const huge = 1 << 30

// poison overwrites what the definition does not read: pixels under no window,
// kernel elements that meet none, and, in some of the filters, the gradients of
// outputs whose windows do not meet any. These reach neither the gradient to the
// data nor that to the filter, but they do reach that to the bias. An element of
// filter that is not finite may make NaN of padding, one that is huge may not.
func (d *defined) poison(r *rand.Rand) {
	g := &d.g
	rows := axisUse(g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH)
	cols := axisUse(g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW)
	for p := range d.n * g.H * g.W {
		if !rows.inputs[p/g.W%g.H] || !cols.inputs[p%g.W] {
			fill(d.src[p*g.C:][:g.C], math.NaN())
		}
	}
	for tap := range g.Taps() {
		if !rows.elements[g.TapRow(tap/g.KW)/g.DilationH] || !cols.elements[g.TapCol(tap%g.KW)/g.DilationW] {
			row := g.GroupC() * g.OC
			fill(d.filter[tap*row:][:row], huge)
		}
	}
	of := make([]bool, g.OC)
	for oc := range of {
		of[oc] = r.IntN(2) == 0
	}
	for p := range d.n * g.OH * g.OW {
		if !rows.outputs[p/g.OW%g.OH] || !cols.outputs[p%g.OW] {
			for oc := range g.OC {
				if of[oc] {
					d.dDst[p*g.OC+oc] = math.NaN()
				}
			}
		}
	}
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}

// use says which inputs, outputs and kernel elements, counted along the window,
// have a part in any product, along one axis.
type use struct{ inputs, outputs, elements []bool }

func axisUse(size, kernel, stride, dilation, pad, outputs int) use {
	u := use{make([]bool, size), make([]bool, outputs), make([]bool, kernel)}
	for o := range outputs {
		for k := range kernel {
			if i := o*stride - pad + k*dilation; i >= 0 && i < size {
				u.inputs[i], u.outputs[o], u.elements[k] = true, true, true
			}
		}
	}
	return u
}

// mayNotBeFinite reports whether element i of a result may be other than finite
// though none of its terms is: where an element of filter, or of the gradient in
// that to the filter, meets padding, and by Winograd what is computed together.
func (d *defined) mayNotBeFinite(result *sums, i int, fast bool) bool {
	if d.values != notFinite {
		return false
	}
	g := &d.g
	sameImage := func(length, bad, badLength int) bool { return bad >= 0 && i/length == bad/badLength }
	switch result {
	case &d.dst:
		return i%g.OC == d.badFilter%g.OC || fast && sameImage(g.OutputLen(), d.badSrc, g.InputLen())
	case &d.dSrc:
		group := d.badFilter % g.OC / g.GroupOC()
		return i%g.C == group*g.GroupC()+d.badFilter/g.OC%g.GroupC() || fast && sameImage(g.InputLen(), d.badDst, g.OutputLen())
	case &d.dFilter:
		return d.badDst >= 0 && (i%g.OC == d.badDst%g.OC || fast && i/g.OC%g.C == d.badSrc%g.C)
	}
	return false
}

// level computes even.
func (d *defined) level() {
	g := &d.g
	// The largest of each column of a matrix.
	largest := func(x []float64, cols int) []float64 {
		m := make([]float64, cols)
		for i, v := range x {
			if v = math.Abs(v); v < huge { // finite, and read
				m[i%cols] = max(m[i%cols], v)
			}
		}
		return m
	}
	src, filter, dDst := largest(d.src, g.C), largest(d.filter, g.C*g.OC), largest(d.dDst, g.OC)
	d.dst.even, d.dSrc.even, d.dFilter.even = largest(d.bias, g.OC), make([]float64, g.C), make([]float64, g.C*g.OC)
	for i, f := range filter {
		c, oc := i/g.OC, i%g.OC
		d.dst.even[oc] += float64(g.Taps()) * src[c] * f
		d.dSrc.even[c] += float64(g.Taps()) * dDst[oc] * f
		d.dFilter.even[i] = float64(d.n*g.Rows()) * src[c] * dDst[oc]
	}
}

// compute adds the products, as the definition lists them.
func (d *defined) compute() {
	g := &d.g
	for i := range d.n {
		for oh := range g.OH {
			for kh := range g.KH {
				h := oh*g.StrideH - g.PadTop + g.TapRow(kh)
				if h < 0 || h >= g.H {
					continue
				}
				for ow := range g.OW {
					for kw := range g.KW {
						w := ow*g.StrideW - g.PadLeft + g.TapCol(kw)
						if w < 0 || w >= g.W {
							continue
						}
						d.tap(((i*g.H+h)*g.W+w)*g.C, (kh*g.KW+kw)*g.GroupC()*g.OC, ((i*g.OH+oh)*g.OW+ow)*g.OC)
					}
				}
			}
		}
	}
}

// tap adds the products of one pixel and one kernel element for one output, each
// given by where it begins.
func (d *defined) tap(src, filter, dst int) {
	g := &d.g
	for c := range g.C {
		group := c / g.GroupC()
		s, f := src+c, filter+c%g.GroupC()*g.OC
		for oc := group * g.GroupOC(); oc < (group+1)*g.GroupOC(); oc++ {
			d.dst.add(dst+oc, d.src[s]*d.filter[f+oc])
			d.dSrc.add(s, d.dDst[dst+oc]*d.filter[f+oc])
			d.dFilter.add(f+oc, d.dDst[dst+oc]*d.src[s])
		}
	}
}

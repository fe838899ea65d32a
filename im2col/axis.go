package im2col

// Axis is what a Geometry says of its rows, or of its columns: size inputs,
// outputs whose windows begin every stride-th input, the first of them pad before
// input 0, and in each window kernel elements that lie dilation apart. Positions
// in a window, and its elements, count along it, whichever way the kernel is
// turned.
type Axis struct {
	Size     int // inputs
	Kernel   int // elements
	Stride   int
	Dilation int
	Pad      int // before input 0
	Outputs  int
}

// Vertical returns the axis along which rows are counted.
func (g *Geometry) Vertical() Axis {
	return Axis{g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH}
}

// Horizontal returns the axis along which columns are counted.
func (g *Geometry) Horizontal() Axis {
	return Axis{g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW}
}

// WithVertical returns the Geometry with another axis for its rows.
func (g Geometry) WithVertical(a Axis) Geometry {
	g.H, g.KH, g.StrideH, g.DilationH, g.PadTop, g.OH = a.Size, a.Kernel, a.Stride, a.Dilation, a.Pad, a.Outputs
	return g
}

// WithHorizontal returns the Geometry with another axis for its columns.
func (g Geometry) WithHorizontal(a Axis) Geometry {
	g.W, g.KW, g.StrideW, g.DilationW, g.PadLeft, g.OW = a.Size, a.Kernel, a.Stride, a.Dilation, a.Pad, a.Outputs
	return g
}

// Reach returns how many inputs a window spans.
func (a Axis) Reach() int { return (a.Kernel-1)*a.Dilation + 1 }

// PadEnd returns how many zeros the last window needs behind the last input;
// negative where it never reaches that.
func (a Axis) PadEnd() int { return (a.Outputs-1)*a.Stride + a.Reach() - a.Pad - a.Size }

// Start returns the input where the window of output o begins.
func (a Axis) Start(o int) int { return o*a.Stride - a.Pad }

// Elements returns the kernel elements [lo, hi) that lie on inputs in the window
// of output o, lo = hi where there are none.
func (a Axis) Elements(o int) (lo, hi int) { return a.ElementsFrom(a.Start(o)) }

// ElementsFrom is Elements of a window that begins at input start.
func (a Axis) ElementsFrom(start int) (lo, hi int) {
	if start < 0 {
		lo = ceilDiv(-start, a.Dilation)
	}
	if start < a.Size {
		hi = min(a.Kernel, (a.Size-1-start)/a.Dilation+1)
	}
	return lo, max(lo, hi)
}

// OutputsAt returns the outputs [lo, hi) in whose windows the given position
// lies on an input, lo ≥ hi where there are none.
func (a Axis) OutputsAt(position int) (lo, hi int) {
	first := position - a.Pad
	if first < 0 {
		lo = ceilDiv(-first, a.Stride)
	}
	if last := a.Size - 1 - first; last >= 0 {
		hi = min(a.Outputs, last/a.Stride+1)
	}
	return lo, hi
}

// Within returns the axis with the inputs [lo, hi) alone; all else is padding.
func (a Axis) Within(lo, hi int) Axis {
	a.Size, a.Pad = hi-lo, a.Pad+lo
	return a
}

// FirstOutside returns the first output whose window meets no input, -1 where
// there is none.
func (a Axis) FirstOutside() int {
	for o := range a.Outputs {
		if lo, hi := a.Elements(o); lo == hi {
			return o
		}
	}
	return -1
}

// Extent is a run [Lo, Hi) along an axis: of kernel elements, inputs or outputs.
type Extent struct{ Lo, Hi int }

// Size returns how long the run is.
func (e Extent) Size() int { return max(0, e.Hi-e.Lo) }

// With returns the smallest extent that has both.
func (e Extent) With(o Extent) Extent {
	if e.Size() == 0 {
		return o
	}
	if o.Size() == 0 {
		return e
	}
	return Extent{min(e.Lo, o.Lo), max(e.Hi, o.Hi)}
}

// Classes cuts the outputs where other kernel elements lie on inputs:
// classes[i] does for the outputs [at[i], at[i+1]).
func (a Axis) Classes() (classes []Extent, at []int) {
	for o := range a.Outputs {
		first := a.Start(o)
		e := Extent{Lo: min(a.Kernel, ceilDiv(-first, a.Dilation))}
		if last := a.Size - 1 - first; last >= 0 {
			e.Hi = min(a.Kernel, last/a.Dilation+1)
		}
		if n := len(classes); n == 0 || classes[n-1] != e {
			classes, at = append(classes, e), append(at, o)
		}
	}
	return classes, append(at, a.Outputs)
}

// Inside returns the share of the kernel elements that lie on inputs, over all
// outputs.
func (a Axis) Inside() float64 {
	inside := 0
	classes, at := a.Classes()
	for i, e := range classes {
		inside += e.Size() * (at[i+1] - at[i])
	}
	return float64(inside) / (float64(a.Kernel) * float64(a.Outputs))
}

// Folds reports whether the kernel elements always meet the same inputs
// together: as many beside each other as there are kernel elements can then be
// taken for one, see [Axis.Folded]. The stride of a single output makes no
// difference.
func (a Axis) Folds() bool {
	k := a.Kernel
	return k > 1 && a.Dilation == 1 && a.Size%k == 0 && a.Pad%k == 0 && (a.Stride%k == 0 || a.Outputs == 1)
}

// Folded returns the axis whose inputs are as many of a's, beside each other, as
// there are kernel elements; its own kernel has one. The axis must fold.
func (a Axis) Folded() Axis {
	k := a.Kernel
	return Axis{Size: a.Size / k, Kernel: 1, Stride: max(1, a.Stride/k), Dilation: 1, Pad: a.Pad / k, Outputs: a.Outputs}
}

package engine

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/work"
)

// averageCall is one call in flight, of so many units, which cost each additions
// each. Parts are runs of units.
type averageCall[T Float] struct {
	plan        *AveragePool2D[T]
	stage       averageStage
	dst, src    []T // or their gradients
	units, each int
	partials    []T // [images][chunks−1][C]
	chunks      int // of an image
}

type averageStage uint8

const (
	averageRows      averageStage = iota // of outputs
	averageGradients                     // of inputs
	averageMeans                         // of images, as wholes
	averageChunks                        // of images
	averageSpread                        // of inputs, whose gradients are all the same
)

func (call *averageCall[T]) parts() int {
	perPart := max(1, averagePart/max(1, call.each))
	return cut.Ceil(call.units, perPart)
}

// space is the length of a line of sums: of an input row's columns forward, of an
// output row's backward.
func (call *averageCall[T]) space() int {
	switch g := &call.plan.g; call.stage {
	case averageRows:
		return g.W * g.C
	case averageGradients:
		return g.OW * g.C
	}
	return 0
}

func (call *averageCall[T]) Reserve(w *work.Worker) { work.Reserve[T](w, call.space()) }

func (call *averageCall[T]) Run(part int, w *work.Worker) {
	lo, hi := cut.Units(part, call.parts(), call.units, 1)
	line := work.Workspace[T](w, call.space())
	for unit := lo; unit < hi; unit++ {
		switch call.stage {
		case averageRows:
			call.row(unit, line)
		case averageGradients:
			call.gradientRow(unit, line)
		case averageMeans:
			call.mean(unit)
		case averageChunks:
			call.chunk(unit)
		case averageSpread:
			call.spread(unit)
		}
	}
}

// row computes an output row, of all images' rows.
func (call *averageCall[T]) row(row int, line []T) {
	p := call.plan
	g, image, oh := &p.g, row/p.g.OH, row%p.g.OH
	rows, cols := g.Vertical(), g.Horizontal()
	lo, hi := rows.Elements(oh)
	src := call.src[(image*g.H+rows.Start(oh)+lo*g.DilationH)*g.W*g.C:]
	if hi-lo == 1 {
		line = src[:g.W*g.C]
	} else {
		p.ops.ColumnSums(line, src, g.W*g.C*g.DilationH, hi-lo)
	}
	dst := call.dst[row*g.OW*g.C : (row+1)*g.OW*g.C]
	if g.StrideW == 1 { // windows' columns beside each other
		work.Zero(dst)
		for kw := p.left; kw < p.right; kw++ {
			o0, o1 := cols.OutputsAt(kw * g.DilationW)
			if at := cols.Start(o0) + kw*g.DilationW; o0 < o1 {
				p.ops.Add(dst[o0*g.C:o1*g.C], line[at*g.C:(at+o1-o0)*g.C])
			}
		}
	} else {
		for ow := range g.OW {
			lo, hi := cols.Elements(ow)
			p.ops.ColumnSums(dst[ow*g.C:(ow+1)*g.C], line[(cols.Start(ow)+lo*g.DilationW)*g.C:], g.C*g.DilationW, hi-lo)
		}
	}
	call.divide(dst, p.rows[oh])
}

// divide divides the sums of an output row by what counts, of so many input rows.
func (call *averageCall[T]) divide(sums []T, rows int) {
	p, c := call.plan, call.plan.g.C
	for ow := 0; ow < p.g.OW; {
		end := ow + 1
		for end < p.g.OW && p.cols[end] == p.cols[ow] {
			end++
		}
		p.ops.Scale(sums[ow*c:end*c], p.share(rows, ow))
		ow = end
	}
}

// gradientRow computes an input row's gradients, of all images' rows.
func (call *averageCall[T]) gradientRow(row int, line []T) {
	p := call.plan
	g, image, h := &p.g, row/p.g.H, row%p.g.H
	rows, cols := g.Vertical(), g.Horizontal()
	dSrc := call.src[row*g.W*g.C : (row+1)*g.W*g.C]
	work.Zero(dSrc)
	work.Zero(line)
	first := max(0, cut.Ceil(max(0, h+g.PadTop-(g.KH-1)*g.DilationH), g.StrideH))
	for oh := first; oh < g.OH && rows.Start(oh) <= h; oh++ {
		if (h-rows.Start(oh))%g.DilationH == 0 {
			at := (image*g.OH + oh) * len(line)
			p.ops.Axpy(line, call.dst[at:at+len(line)], 1/T(p.rows[oh]))
		}
	}
	call.divide(line, 1) // each row was divided by its own
	if g.StrideW == 1 {
		for kw := p.left; kw < p.right; kw++ {
			o0, o1 := cols.OutputsAt(kw * g.DilationW)
			if at := cols.Start(o0) + kw*g.DilationW; o0 < o1 {
				p.ops.Add(dSrc[at*g.C:(at+o1-o0)*g.C], line[o0*g.C:o1*g.C])
			}
		}
		return
	}
	for ow := range g.OW {
		lo, hi := cols.Elements(ow)
		for kw := lo; kw < hi; kw++ {
			at := cols.Start(ow) + kw*g.DilationW
			p.ops.Add(dSrc[at*g.C:(at+1)*g.C], line[ow*g.C:(ow+1)*g.C])
		}
	}
}

// mean computes the global mean of an image.
func (call *averageCall[T]) mean(image int) {
	p := call.plan
	in, c := p.g.InputLen(), p.g.C
	dst := call.dst[image*c : (image+1)*c]
	p.ops.ColumnSums(dst, call.src[image*in:(image+1)*in], c, in/c)
	p.ops.Scale(dst, p.share(p.rows[0], 0))
}

// chunk sums a chunk of an image's pixels.
func (call *averageCall[T]) chunk(unit int) {
	p := call.plan
	in, c := p.g.InputLen(), p.g.C
	image, chunk := unit/call.chunks, unit%call.chunks
	sums := call.dst[image*c : (image+1)*c]
	if chunk > 0 {
		at := (image*(call.chunks-1) + chunk - 1) * c
		sums = call.partials[at : at+c]
	}
	lo, hi := cut.Units(chunk, call.chunks, in/c, 1)
	p.ops.ColumnSums(sums, call.src[image*in+lo*c:image*in+hi*c], c, hi-lo)
}

// spread writes an input row's gradients of a global pooling, of all images' rows.
func (call *averageCall[T]) spread(row int) {
	p := call.plan
	c, image := p.g.C, row/p.g.H
	dSrc := call.src[row*p.g.W*c : (row+1)*p.g.W*c]
	copy(dSrc, call.dst[image*c:(image+1)*c])
	p.ops.Scale(dSrc[:c], p.share(p.rows[0], 0))
	for done := c; done < len(dSrc); done *= 2 {
		work.Copy(dSrc[done:min(2*done, len(dSrc))], dSrc[:min(done, len(dSrc)-done)])
	}
}

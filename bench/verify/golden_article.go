package verify

import (
	"errors"
	"fmt"

	"github.com/unslide/unslide/bench/sliding"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/internal/golden"
)

// articleOptions are the geometry's of a layer of the article's program.
func articleOptions(a *golden.Layer) []im2col.Option {
	opts := []im2col.Option{im2col.Stride(a.Stride, a.Stride)}
	if a.Convolution {
		opts = append(opts, im2col.Flip())
	}
	return opts
}

func articleConv(name string, a *golden.ArticleConv) (problem, error) {
	g, err := im2col.New(im2col.Input{H: a.H, W: a.W, C: a.InMaps}, im2col.Filter{KH: a.KH, KW: a.KW, OC: a.OutMaps},
		im2col.Centred(a.Center[0], a.Center[1]), articleOptions(&a.Layer)...)
	if err != nil {
		return nil, err
	}
	act, err := engine.ParseActivation(a.Activation)
	if err != nil {
		return nil, err
	}
	if !(a.LearningRate > 0) {
		return nil, fmt.Errorf("learning_rate %v: want above 0", a.LearningRate)
	}
	if err := plausible(1, &g); err != nil {
		return nil, err
	}
	// A filter bank's inner axes are the kernels' order.
	var faults faults
	p := &convProblem{
		name: name, g: g, n: 1, activation: act, step: a.LearningRate,
		Data: sliding.Data{
			Src:    faults.interleave("x", a.X, a.InMaps, a.H, a.W),
			Filter: faults.interleave("kernels", a.Kernels, a.InMaps*a.OutMaps, a.KH, a.KW),
			Bias:   a.Bias,
			DDst:   faults.interleave("dEdy", a.DEDY, a.OutMaps, g.OH, g.OW),
		},
		want: sliding.Result{
			Dst:     faults.interleave("y", a.Y, a.OutMaps, g.OH, g.OW),
			DSrc:    faults.interleave("dEdx", a.DEDX, a.InMaps, a.H, a.W),
			DFilter: faults.interleave("kernels_after", a.KernelsAfter, a.InMaps*a.OutMaps, a.KH, a.KW),
			DBias:   a.BiasAfter,
		},
	}
	faults.add(lengths("bias", a.Bias, g.OC, "bias_after", a.BiasAfter, g.OC))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	p.measure()
	return p, nil
}

func articlePool(name string, a *golden.ArticlePool) (problem, error) {
	g, err := im2col.NewPool(im2col.Input{H: a.H, W: a.W, C: a.Maps}, a.KH, a.KW,
		im2col.Centred(a.Center[0], a.Center[1]), articleOptions(&a.Layer)...)
	if err != nil {
		return nil, err
	}
	if err := plausible(1, &g); err != nil {
		return nil, err
	}
	var faults faults
	p := &poolProblem{
		name: name, g: g, n: 1,
		src:  faults.interleave("x", a.X, a.Maps, a.H, a.W),
		dDst: faults.interleave("dEdy", a.DEDY, a.Maps, g.OH, g.OW),
		want: sliding.Pooled{
			Dst:  faults.interleave("y", a.Y, a.Maps, g.OH, g.OW),
			DSrc: faults.interleave("dEdx", a.DEDX, a.Maps, a.H, a.W),
		},
	}
	p.want.Argmax = faults.argmax(a.Argmax, &g)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	// Where windows overlap and choose the same element, the article keeps the
	// last window's gradient; the engine adds, as the derivative is. Such
	// elements are checked against the sum of the file's own gradients.
	chosen, sums := make([]int, len(p.src)), make([]float64, len(p.src))
	for i, at := range p.want.Argmax {
		chosen[at]++
		sums[at] += p.dDst[i]
	}
	for i, n := range chosen {
		if n > 1 {
			p.want.DSrc[i] = sums[i]
		}
	}
	return p, nil
}

// faults collects what is wrong with a case.
type faults []error

func (f *faults) add(err error) {
	if err != nil {
		*f = append(*f, err)
	}
}

// interleave turns maps, matrices of rows×cols, into [rows][cols][maps].
func (f *faults) interleave(name string, maps [][][]float64, n, rows, cols int) []float64 {
	if len(maps) != n {
		f.add(fmt.Errorf("%s: %d matrices: want %d", name, len(maps), n))
		return nil
	}
	for _, m := range maps {
		if len(m) != rows {
			f.add(fmt.Errorf("%s: matrix of %d rows: want %d", name, len(m), rows))
			return nil
		}
		for _, row := range m {
			if len(row) != cols {
				f.add(fmt.Errorf("%s: row of %d numbers: want %d", name, len(row), cols))
				return nil
			}
		}
	}
	flat := make([]float64, 0, n*rows*cols)
	for i := range rows {
		for j := range cols {
			for _, m := range maps {
				flat = append(flat, m[i][j])
			}
		}
	}
	return flat
}

// argmax turns positions into offsets in the interleaved image.
func (f *faults) argmax(maps [][][][2]int, g *im2col.Geometry) []int32 {
	if len(maps) != g.C {
		f.add(fmt.Errorf("argmax: %d matrices: want %d", len(maps), g.C))
		return nil
	}
	flat := make([]int32, g.OutputLen())
	for c, m := range maps {
		if len(m) != g.OH {
			f.add(fmt.Errorf("argmax: matrix of %d rows: want %d", len(m), g.OH))
			return nil
		}
		for oh, row := range m {
			if len(row) != g.OW {
				f.add(fmt.Errorf("argmax: row of %d positions: want %d", len(row), g.OW))
				return nil
			}
			for ow, at := range row {
				if at[0] < 0 || at[0] >= g.H || at[1] < 0 || at[1] >= g.W {
					f.add(fmt.Errorf("argmax: %v: want inside the %d×%d input", at, g.H, g.W))
					return nil
				}
				flat[(oh*g.OW+ow)*g.C+c] = int32((at[0]*g.W+at[1])*g.C + c)
			}
		}
	}
	return flat
}

package conv

import (
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Runs lists the pixels that a kernel element of row kh, whose column in the window
// is col, meets in output rows [l0, l1), counted over the batch, for the outputs
// [lo, hi) of each, which it meets inside the image: at most a run for each row, and
// one for several that follow each other in both tensors. The pixels of src count
// from channel c on, those of dPre are step apart, from row l0 on.
func Runs(runs []kernel.Run, g *im2col.Geometry, kh, col, c, step, l0, l1, lo, hi int) []kernel.Run {
	if lo >= hi {
		return runs
	}
	for l := l0; l < l1; l++ {
		image, oh := l/g.OH, l%g.OH
		h := oh*g.StrideH - g.PadTop + g.TapRow(kh)
		if h < 0 || h >= g.H {
			continue
		}
		run := kernel.Run{
			A:     ((image*g.H+h)*g.W+lo*g.StrideW-g.PadLeft+col)*g.C + c,
			B:     ((l-l0)*g.OW + lo) * step,
			Count: hi - lo,
		}
		if k := len(runs) - 1; k >= 0 && runs[k].A+runs[k].Count*g.StrideW*g.C == run.A && runs[k].B+runs[k].Count*step == run.B {
			runs[k].Count += run.Count
			continue
		}
		runs = append(runs, run)
	}
	return runs
}

// AddBias computes dBias, or adds to it, the column sums of some pixels of dPre;
// sums has room for them.
func AddBias(v *kernel.Vector[float32], dBias, dPre, sums []float32, accumulate bool) {
	rows := len(dPre) / len(dBias)
	if !accumulate {
		v.ColumnSums(dBias, dPre, len(dBias), rows)
		return
	}
	v.ColumnSums(sums, dPre, len(dBias), rows)
	v.Add(dBias, sums)
}

package kernel

// DepthwiseFilterArgs is a part of the gradient to filters of which every
// channel has one: sums over pixels, channel by channel, of products of two
// tensors, for a row of taps at once.
//
//	Dst[t·DstStride + j] = start + Σ_runs Σ_{k<Count} A[run.A + t·TapStep + k·AStep + j] · B[run.B + k·BStep + j]
//
// for t < Taps, j < Cols, where start is the element of Dst itself with
// Accumulate, else 0. A is the input, B the output's gradient, and a run the
// pixels of an output row for which all taps lie in the image.
//
// All counts, offsets and steps are in elements. The offsets of runs are
// trusted: the assembly reads where they point. The sum over all runs is one
// chain of multiply-adds.
type DepthwiseFilterArgs struct {
	Dst  []float32
	A, B []float32
	Runs []Run

	Taps, Cols   int // 1 ≤ Taps ≤ DepthwiseTaps; Cols ≥ 1
	TapStep      int
	AStep, BStep int
	DstStride    int

	Accumulate bool // add to what is in Dst; without it Dst is only written
}

// DepthwiseTaps is the largest number of taps that DepthwiseFilter sums at once.
const DepthwiseTaps = 7

// DepthwiseFilter computes the sums. It panics if a slice is too short for the
// counts, before anything is touched.
func (s *Set) DepthwiseFilter(a *DepthwiseFilterArgs) {
	switch {
	case a.Cols < 1:
		panic(badCols)
	case a.Taps < 1 || a.Taps > DepthwiseTaps:
		panic(badTapCount)
	case a.DstStride < 0 || len(a.Dst) < (a.Taps-1)*a.DstStride+a.Cols:
		panic(shortDst)
	case len(a.Runs) == 0:
		panic(noRuns)
	case len(a.A) == 0 || len(a.B) == 0:
		panic(emptyTensor)
	}
	most := rowsOf(longProduct/10, a.Cols*a.Taps, 1)
	if termsOf(a.Runs) <= most {
		call(s.kernels.DepthwiseFilter, a)
		return
	}
	piece := *a
	c := runCutter{runs: a.Runs, aStep: a.AStep, bStep: a.BStep}
	for piece.Runs = c.next(most); len(piece.Runs) > 0; piece.Runs = c.next(most) {
		call(s.kernels.DepthwiseFilter, &piece)
		piece.Accumulate = true
	}
}

const badTapCount = "kernel: taps of a depthwise filter out of range"

func depthwiseFilterPortable(a *DepthwiseFilterArgs) {
	for t := range a.Taps {
		dst := a.Dst[t*a.DstStride:][:a.Cols]
		if !a.Accumulate {
			clear(dst)
		}
		for _, run := range a.Runs {
			for k := range run.Count {
				src := a.A[run.A+t*a.TapStep+k*a.AStep:][:len(dst)]
				grad := a.B[run.B+k*a.BStep:][:len(dst)]
				for j := range dst {
					dst[j] += src[j] * grad[j]
				}
			}
		}
	}
}

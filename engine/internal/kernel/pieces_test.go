package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What is cut into several calls of assembly has the bits of the definition, or
// of calls short enough not to be cut.

func fill(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func equalBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d of %d is %v, want the same bits as %v", what, i, len(want), got[i], want[i])
		}
	}
}

func TestLongLoopsAreShortOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 1))
	const n, step = 2*longLoop + 77, 1 << 10
	x, y, z := fill(r, n), fill(r, n), fill(r, n)
	for _, set := range Sets() {
		v := VectorFor[float32](set)
		for name, loop := range map[string]func(dst, x, y []float32){
			"exp":          func(dst, x, _ []float32) { v.Exp(dst, x) },
			"sigmoid":      func(dst, x, _ []float32) { v.Sigmoid(dst, x) },
			"tanh":         func(dst, x, _ []float32) { v.Tanh(dst, x) },
			"relu":         func(dst, x, _ []float32) { v.ReLU(dst, x) },
			"relu grad":    func(dst, x, y []float32) { v.ReLUGrad(dst, x, y) },
			"sigmoid grad": func(dst, x, y []float32) { v.SigmoidGrad(dst, x, y) },
			"tanh grad":    func(dst, x, y []float32) { v.TanhGrad(dst, x, y) },
			"add":          func(dst, x, _ []float32) { v.Add(dst, x) },
			"axpy":         func(dst, x, _ []float32) { v.Axpy(dst, x, 0.3) },
			"scale":        func(dst, _, _ []float32) { v.Scale(dst, 0.3) },
			"adam": func(dst, x, y []float32) {
				m, v2 := append([]float32(nil), y...), append([]float32(nil), x...)
				v.ReLU(v2, v2)
				v.Adam(dst, x, m, v2, AdamStep[float32]{Rate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Correct1: 2, Correct2: 3})
			},
		} {
			got, want := append([]float32(nil), z...), append([]float32(nil), z...)
			loop(got, x, y)
			for lo := 0; lo < n; lo += step {
				hi := min(lo+step, n)
				loop(want[lo:hi], x[lo:hi], y[lo:hi])
			}
			equalBits(t, set.String()+" "+name, got, want)
		}
	}
}

func TestLongRowsAreShortOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 2))
	for _, set := range Sets() {
		v := VectorFor[float32](set)
		for _, size := range []struct{ rows, cols int }{
			{1, longLoop + 33}, {1000, 300}, {40_000, 7}, {17, 16_500}, {9, longWalk/8 + 50},
		} {
			rows, cols := size.rows, size.cols
			ld := cols + 3
			w, g, x := fill(r, rows*ld), fill(r, cols), fill(r, rows)

			// Rows may be cut anywhere.
			const step = 5
			got, want := append([]float32(nil), w...), append([]float32(nil), w...)
			v.BiasAct(got, ld, rows, cols, g, Tanh)
			for i := 0; i < rows; i += step {
				v.BiasAct(want[i*ld:], ld, min(step, rows-i), cols, g, Tanh)
			}
			equalBits(t, set.String()+" bias", got, want)
			got, want = make([]float32, rows), make([]float32, rows)
			v.MatVec(got, w, ld, g)
			for i := 0; i < rows; i += step {
				v.MatVec(want[i:min(i+step, rows)], w[i*ld:], ld, g)
			}
			equalBits(t, set.String()+" mat-vec", got, want)
			u1, u2 := append([]float32(nil), w...), append([]float32(nil), w...)
			v.MatVecUpdate(got, u1, ld, x, g, 0.1)
			for i := 0; i < rows; i += step {
				v.MatVecUpdate(want[i:min(i+step, rows)], u2[i*ld:], ld, x[i:min(i+step, rows)], g, 0.1)
			}
			equalBits(t, set.String()+" update: dx", got, want)
			equalBits(t, set.String()+" update: w", u1, u2)

			// Columns may be cut anywhere.
			const width = 61
			sums, parts := make([]float32, cols), make([]float32, cols)
			v.ColumnSums(sums, w, ld, rows)
			y, yParts := make([]float32, cols), make([]float32, cols)
			v.VecMat(y, x, w, ld, g)
			for j := 0; j < cols; j += width {
				end := min(j+width, cols)
				v.VecMat(yParts[j:end], x, w[j:], ld, g[j:end])
			}
			equalBits(t, set.String()+" vec-mat", y, yParts)
			columnSumsGo(parts, w, ld, rows)
			equalBits(t, set.String()+" column sums", sums, parts)
		}
	}
}

func TestLongMaxPoolsAreShortOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 3))
	const base, c, taps, pixels = 40, 20, 9, longWalk/(20*9) + 100
	src, table := fill(r, 5000), make([]int, taps*pixels)
	for i := range table {
		table[i] = r.IntN((len(src)-base)/c)*c - c
	}
	want, wantArg := make([]float32, c*pixels), make([]int32, c*pixels)
	maxPoolGo(want, wantArg, src, base, c, table, taps)
	for _, set := range Sets() {
		got, arg := make([]float32, c*pixels), make([]int32, c*pixels)
		VectorFor[float32](set).MaxPool(got, arg, src, base, c, table, taps)
		equalBits(t, set.String(), got, want)
		for i := range arg {
			if arg[i] != wantArg[i] {
				t.Fatalf("%v: argmax %d is %d, want %d", set, i, arg[i], wantArg[i])
			}
		}
		VectorFor[float32](set).MaxPool(got, nil, src, base, c, table, taps)
		equalBits(t, set.String()+" without argmax", got, want)
	}
}

// Sums of small integers are exact however they are cut.
func wholeNumbers(r *rand.Rand, n int) []float32 { return wholeNumbersOf[float32](r, n) }

func wholeNumbersOf[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.IntN(5) - 2)
	}
	return x
}

func TestLongProductsAreCutRight(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 4))
	for _, set := range Sets() {
		for _, tile := range set.Tiles() {
			for _, size := range []struct{ rows, taps, depth int }{
				{1, 2, longProduct / tile.NR / tile.MR * 2}, {9, 3, 100_000}, {60_000, 1, 3}, {2*tile.MR + 3, 50_000, 1},
			} {
				if set == &portable && size.depth > 100_000 {
					continue
				}
				rows, taps, depth := size.rows, size.taps, size.depth
				cols := tile.NR - 1
				src, filter, bias := wholeNumbers(r, rows+taps*depth), wholeNumbers(r, taps*depth*tile.NR), wholeNumbers(r, cols)
				start := wholeNumbers(r, rows*tile.NR)
				a := ConvArgs{
					Src: src, Filter: filter, Bias: bias, Zero: make([]float32, depth), Dst: append([]float32(nil), start...),
					SrcOffsets: make([]int32, taps*rows), DstOffsets: make([]int32, rows),
					Rows: rows, Cols: cols, Taps: taps, Depth: depth, TapStride: rows, FilterStride: tile.NR, ReLU: true,
				}
				for i := range rows {
					a.DstOffsets[i] = int32(i * tile.NR)
					for tap := range taps {
						a.SrcOffsets[tap*rows+i] = int32(i + tap*depth)
						if (i+tap)%5 == 0 {
							a.SrcOffsets[tap*rows+i] = -1
						}
					}
				}
				want := append([]float32(nil), start...)
				b := a
				b.Dst = want
				convPortable(&b)
				tile.Conv(&a)
				equalBits(t, tile.String()+" product", a.Dst, want)
			}
		}
		for _, size := range []struct{ cols, runs, count int }{{70, 3, 20_000}, {1000, 30, 50}, {3, 1, 400_000}} {
			const taps = 3
			x, y := wholeNumbers(r, (size.count+taps)*size.cols+size.runs), wholeNumbers(r, size.count*size.cols+size.runs)
			start := wholeNumbers(r, taps*size.cols)
			a := DepthwiseFilterArgs{
				Dst: append([]float32(nil), start...), A: x, B: y, Taps: taps, Cols: size.cols,
				TapStep: size.cols, AStep: size.cols, BStep: size.cols, DstStride: size.cols, Accumulate: size.runs > 1,
			}
			for i := range size.runs {
				a.Runs = append(a.Runs, Run{A: i, B: i, Count: size.count})
			}
			want := append([]float32(nil), start...)
			b := a
			b.Dst = want
			depthwiseFilterPortable(&b)
			set.DepthwiseFilter(&a)
			equalBits(t, set.String()+" depthwise filter", a.Dst, want)
		}
	}
}

func TestLongOuterProductsAreCutRight(t *testing.T) {
	eachPanelTile(t, testLongOuterProducts[float32], testLongOuterProducts[float64])
}

func testLongOuterProducts[T Float](t *testing.T, tile panelTile[T]) {
	r := rand.New(rand.NewPCG(26, 7))
	for _, size := range []struct{ rows, runs, count int }{
		{1, 1, longProduct / tile.nr / tile.mr * 2}, {3*tile.mr + 1, 7, 9000}, {100_000, 1, 1}, {30, 20_000, 2},
	} {
		if tile.set == &portable && size.count > 100_000 {
			continue
		}
		rows, cols := size.rows, tile.nr-1
		x, y := wholeNumbersOf[T](r, rows+size.count*3+size.runs), wholeNumbersOf[T](r, size.count*cols+size.runs+tile.nr)
		start := wholeNumbersOf[T](r, rows*cols)
		a := OuterArgs[T]{
			Dst: append([]T(nil), start...), A: x, B: y, Rows: rows, Cols: cols,
			AStep: 3, BStep: cols, DstStride: cols, Alpha: 1, Accumulate: true,
		}
		for i := range size.runs {
			a.Runs = append(a.Runs, Run{A: i, B: i, Count: size.count})
		}
		want := append([]T(nil), start...)
		b := a
		b.Dst = want
		outerPortable(&b)
		tile.outer(&a)
		for i := range want {
			if math.Float64bits(float64(a.Dst[i])) != math.Float64bits(float64(want[i])) {
				t.Fatalf("%s: element %d of %d is %v, want %v", tile.name, i, len(want), a.Dst[i], want[i])
			}
		}
	}
}

// The softmax of very many classes is that of the definition, NaN included.
func TestLongSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 5))
	src := fill(r, 2*longWalk+9)
	want := make([]float64, len(src))
	largest, sum := math.Inf(-1), 0.0
	for _, x := range src {
		largest = max(largest, float64(x))
	}
	for i, x := range src {
		want[i] = math.Exp(float64(x) - largest)
		sum += want[i]
	}
	for _, set := range Sets() {
		dst := make([]float32, len(src))
		m, s := VectorFor[float32](set).Softmax(dst, src)
		// Each term is off by 2 ulp and a sum of n by n·ε.
		if bound := float64(len(src)+2) * 0x1p-24; float64(m) != largest || !(math.Abs(float64(s)-sum) <= bound*sum) {
			t.Errorf("%v: largest %v, sum %v: want %v, %v", set, m, s, largest, sum)
		}
		for i := range dst {
			if !(math.Abs(float64(dst[i])-want[i]/sum) <= 0.02*want[i]/sum) {
				t.Fatalf("%v: element %d is %v, want %v", set, i, dst[i], want[i]/sum)
			}
		}
		was := src[longWalk+3]
		src[longWalk+3] = float32(math.NaN())
		if m, _ := VectorFor[float32](set).Softmax(dst, src); m == m || dst[0] == dst[0] || dst[len(dst)-1] == dst[len(dst)-1] {
			t.Errorf("%v: a NaN is lost", set)
		}
		src[longWalk+3] = was
	}
}

func TestLongWinogradFilter(t *testing.T) {
	const n, step = longLoop/2 + 77, 1 << 10
	u := fill(rand.New(rand.NewPCG(26, 6)), WinogradPlanes*n)
	for _, set := range Sets() {
		got, want := append([]float32(nil), u...), append([]float32(nil), u...)
		set.WinogradFilter(got, n, n)
		for lo := 0; lo < n; lo += step {
			set.WinogradFilter(want[lo:], n, min(step, n-lo))
		}
		equalBits(t, set.String(), got, want)
	}
}

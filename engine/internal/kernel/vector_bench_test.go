package kernel

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkVector times every loop on every instruction set, on data in the
// first-level cache or of the size that the article's network has. GB/s counts
// what is read and what is written.
func BenchmarkVector(b *testing.B) {
	const n = 2000
	r := rand.New(rand.NewPCG(1, 1))
	vec := func(n int) []float32 {
		x := make([]float32, n)
		someReals(r, x, false)
		return x
	}
	a, c, d, e := vec(n), vec(n), vec(n), vec(n)
	narrow, wide := vec(25088*5), vec(128*n)
	bias5, bias20, biasWide := vec(5), vec(20), vec(n)
	small, x10, y10 := vec(n*10), vec(n), vec(10)

	// The article's pooling, 2×2 on 14×14 pixels, of 5 channels and of 64.
	table := make([]int, 0, 49*4)
	tableOf := func(c int) []int {
		t := table[:0:0]
		for m := range 49 {
			at := (m/7*28 + m%7*2) * c
			t = append(t, at, at+c, at+14*c, at+15*c)
		}
		return t
	}
	table5, table64 := tableOf(5), tableOf(64)
	img5, img64 := vec(196*5), vec(196*64)
	out5, out64, arg := vec(49*5), vec(49*64), make([]int32, 49*64)
	step := AdamStep[float32]{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Correct1: 1.1, Correct2: 1.1}

	loops := []struct {
		name  string
		bytes int
		run   func(v *Vector[float32])
	}{
		{"Exp", 8 * n, func(v *Vector[float32]) { v.Exp(d, a) }},
		{"Sigmoid", 8 * n, func(v *Vector[float32]) { v.Sigmoid(d, a) }},
		{"Tanh", 8 * n, func(v *Vector[float32]) { v.Tanh(d, a) }},
		{"ReLU", 8 * n, func(v *Vector[float32]) { v.ReLU(d, a) }},
		{"ReLUGrad", 12 * n, func(v *Vector[float32]) { v.ReLUGrad(d, a, c) }},
		{"SigmoidGrad", 12 * n, func(v *Vector[float32]) { v.SigmoidGrad(d, a, c) }},
		{"TanhGrad", 12 * n, func(v *Vector[float32]) { v.TanhGrad(d, a, c) }},
		{"Softmax10", 80, func(v *Vector[float32]) { v.Softmax(d[:10], a[:10]) }},
		{"Softmax1000", 8000, func(v *Vector[float32]) { v.Softmax(d[:1000], a[:1000]) }},
		{"BiasReLU_25088x5", 8 * len(narrow), func(v *Vector[float32]) { v.BiasAct(narrow, 5, 25088, 5, bias5, ReLU) }},
		{"BiasSigmoid_6272x20", 8 * 6272 * 20, func(v *Vector[float32]) { v.BiasAct(narrow[:6272*20], 20, 6272, 20, bias20, Sigmoid) }},
		{"BiasSigmoid_128x2000", 8 * len(wide), func(v *Vector[float32]) { v.BiasAct(wide, n, 128, n, biasWide, Sigmoid) }},
		{"ColumnSums_25088x5", 4 * len(narrow), func(v *Vector[float32]) { v.ColumnSums(y10[:5], narrow, 5, 25088) }},
		{"ColumnSums_6272x20", 4 * 6272 * 20, func(v *Vector[float32]) { v.ColumnSums(d[:20], narrow, 20, 6272) }},
		{"ColumnSums_128x2000", 4 * len(wide), func(v *Vector[float32]) { v.ColumnSums(d, wide, n, 128) }},
		{"Add", 12 * n, func(v *Vector[float32]) { v.Add(d, a) }},
		{"Axpy", 12 * n, func(v *Vector[float32]) { v.Axpy(d, a, 1e-6) }},
		{"Scale", 8 * n, func(v *Vector[float32]) { v.Scale(d, 1) }},
		{"Dot", 8 * n, func(v *Vector[float32]) { v.Dot(d, a) }},
		{"Adam", 28 * n, func(v *Vector[float32]) { v.Adam(d, a, c, e, step) }},
		{"MaxPool_14x14x5", 4 * (len(img5) + 2*len(out5)), func(v *Vector[float32]) { v.MaxPool(out5, arg[:len(out5)], img5, 0, 5, table5, 4) }},
		{"MaxPool_14x14x64", 4 * (len(img64) + 2*len(out64)), func(v *Vector[float32]) { v.MaxPool(out64, arg, img64, 0, 64, table64, 4) }},
		{"VecMat_2000x10", 4 * len(small), func(v *Vector[float32]) { v.VecMat(y10, x10, small, 10, nil) }},
		{"MatVec_2000x10", 4 * len(small), func(v *Vector[float32]) { v.MatVec(d, small, 10, y10) }},
		{"MatVecUpdate_2000x10", 8 * len(small), func(v *Vector[float32]) { v.MatVecUpdate(d, small, 10, x10, y10, 1e-9) }},
	}
	for _, l := range loops {
		for _, set := range Sets() {
			v := VectorFor[float32](set)
			b.Run("loop="+l.name+"/isa="+set.String(), func(b *testing.B) {
				for i := range e {
					e[i] = 1 // second moments
				}
				for b.Loop() {
					l.run(v)
				}
				b.ReportMetric(float64(l.bytes)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GB/s")
			})
		}
	}
}

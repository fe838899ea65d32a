//go:build !noasm

package kernel

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkWeights puts the loops that walk over the weights of one image's
// dense layer beside loops that only read them, or read and write them: what
// the memory allows. A neighbour on the same memory changes all of them at
// once, so they take turns, and medians are compared.
func BenchmarkWeights(b *testing.B) {
	for _, set := range Sets() {
		var read func(w *float32, n int)
		var update func(w *float32, n int, a float32)
		switch set.ISA {
		case AVX2:
			read, update = memReadAVX2, memUpdateAVX2
		case AVX512:
			read, update = memReadAVX512, memUpdateAVX512
		default:
			continue
		}
		b.Run("isa="+set.String(), func(b *testing.B) {
			const in, out = 980, 2000
			v := VectorFor[float32](set)
			w, x, y := filled(in*out, 1e-3), filled(in, 1e-3), filled(out, 1e-3)
			dx, g := filled(in, 0), filled(out, 1e-3)
			// In the order of a training step: read, then update.
			loops := []struct {
				name string
				run  func()
			}{
				{"read", func() { read(&w[0], len(w)) }},
				{"update", func() { update(&w[0], len(w), 1e-9) }},
				{"VecMat", func() { v.VecMat(y, x, w, out, nil) }},
				{"MatVecUpdate", func() { v.MatVecUpdate(dx, w, out, x, g, 1e-9) }},
				{"MatVec", func() { v.MatVec(dx, w, out, g) }},
			}
			times := make([][]float64, len(loops))
			for b.Loop() {
				for i, l := range loops {
					start := time.Now()
					l.run()
					times[i] = append(times[i], float64(time.Since(start).Nanoseconds())/1e3)
				}
			}
			median := make([]float64, len(loops))
			for i, t := range times {
				slices.Sort(t)
				median[i] = t[len(t)/2]
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median[0], "µs-read")
			b.ReportMetric(median[1], "µs-update")
			b.ReportMetric(median[2]/median[0], "VecMat/read")
			b.ReportMetric(median[3]/median[1], "MatVecUpdate/update")
			b.ReportMetric(median[4]/median[0], "MatVec/read")
			b.ReportMetric((median[2]+median[3])/(median[0]+median[1]), "step/bare")
		})
	}
}

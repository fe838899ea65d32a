package engine

import (
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// stops are how long garbage collections waited until every goroutine stood
// still: for a kernel, to the end of the call.
func stops(work func(), collections int) (median, longest time.Duration) {
	stop, done := make(chan struct{}), make(chan struct{})
	work() // workspaces are there
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				work()
			}
		}
	}()
	before := stopping()
	for range collections {
		time.Sleep(500 * time.Microsecond)
		runtime.GC()
	}
	after := stopping()
	close(stop)
	<-done
	var all []float64
	for i, n := range after.Counts {
		for range n - before.Counts[i] {
			all = append(all, after.Buckets[i]) // the bucket's lower bound
		}
	}
	slices.Sort(all)
	seconds := func(s float64) time.Duration { return time.Duration(max(s, 0) * 1e9) }
	return seconds(all[len(all)/2]), seconds(all[len(all)-1])
}

func stopping() metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/stopping/gc:seconds"}}
	metrics.Read(s)
	h := *s[0].Value.Float64Histogram()
	h.Counts = slices.Clone(h.Counts)
	return h
}

// longWork are calls whose loops are as long as layers make them: long rows of
// pixels, whole activations, large weights; without all, those whose single calls
// of assembly would take some milliseconds in one piece.
func longWork(t testing.TB, all bool) map[string]func() {
	must := func(g im2col.Geometry, err error) im2col.Geometry {
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	work := map[string]func(){}
	conv := func(name string, n int, g im2col.Geometry, opts ...Option) {
		plan, err := NewConv2D[float32](g, append(opts, WithWorkers(2))...)
		if err != nil {
			t.Fatal(err)
		}
		src, dst := make([]float32, n*g.InputLen()), make([]float32, n*g.OutputLen())
		filter, bias := make([]float32, g.FilterLen()), make([]float32, g.OC)
		work[name+"/forward"] = func() { plan.Forward(dst, src, filter, bias) }
		work[name+"/data"] = func() { plan.BackwardData(src, dst, filter) }
		work[name+"/filter"] = func() { plan.BackwardFilter(filter, bias, src, dst) }
	}
	image := func(h, w, c int) im2col.Input { return im2col.Input{H: h, W: w, C: c} }
	filter := func(k, oc int) im2col.Filter { return im2col.Filter{KH: k, KW: k, OC: oc} }
	row := im2col.Filter{KH: 1, KW: 3, OC: 32}
	conv("line_direct", 1, must(im2col.New(image(1, 500_000, 8), row, im2col.Same())))
	conv("depthwise", 1, must(im2col.New(image(1, 300_000, 32), row, im2col.Same(), im2col.Groups(32))))
	conv("deep", 1, must(im2col.New(image(3, 3, 100_000), filter(3, 16), im2col.Valid())))
	// The loops by themselves, over more than a plan gives them.
	v := kernel.VectorFor[float32](kernel.Best())
	x, y := make([]float32, 1<<23), make([]float32, 1<<23)
	work["loops/sigmoid"] = func() { v.Sigmoid(y, x) }
	work["loops/add"] = func() { v.Add(y, x) }
	work["loops/bias"] = func() { v.BiasAct(y, 1<<8, 1<<15, 1<<8, x[:1<<8], kernel.Activation(Tanh)) }
	work["loops/column_sums"] = func() { v.ColumnSums(y[:16], x, 16, 1<<19) }
	work["loops/mat_vec"] = func() { v.MatVec(y[:1<<13], x, 1<<10, y[:1<<10]) }
	if !all {
		for name := range work {
			if strings.HasSuffix(name, "/forward") || strings.HasSuffix(name, "/data") {
				delete(work, name)
			}
		}
		return work
	}
	conv("conv3x3_gemm", 16, must(im2col.New(image(112, 112, 16), filter(3, 64), im2col.Same())), WithAlgorithm(GEMM))
	conv("conv3x3_direct", 4, must(im2col.New(image(112, 112, 32), filter(3, 64), im2col.Same())))
	conv("conv1x1_gemm", 16, must(im2col.New(image(112, 112, 8), filter(1, 64), im2col.Valid())), WithAlgorithm(GEMM))
	conv("conv3x3_winograd", 4, must(im2col.New(image(56, 56, 64), filter(3, 64), im2col.Same())), WithFastAlgorithms())
	conv("line_gemm", 1, must(im2col.New(image(1, 500_000, 8), row, im2col.Same())), WithAlgorithm(GEMM))

	dense := func(name string, in, out, n int) {
		plan, err := NewDense[float32](in, out, WithWorkers(2))
		if err != nil {
			t.Fatal(err)
		}
		src, dst, w, b := make([]float32, n*in), make([]float32, n*out), make([]float32, in*out), make([]float32, out)
		dSrc := make([]float32, n*in)
		work[name+"/forward"] = func() { plan.Forward(dst, src, w, b) }
		work[name+"/data"] = func() { plan.BackwardData(dSrc, dst, w) }
		work[name+"/weights"] = func() { plan.BackwardWeights(w, b, src, dst) }
		work[name+"/update"] = func() { plan.BackwardUpdate(dSrc, w, b, src, dst, 0.1) }
	}
	dense("dense_one", 12544, 4096, 1)
	dense("dense_batch", 1024, 1024, 4096)

	g := must(im2col.NewPool(image(4, 100_000, 16), 2, 2, im2col.Valid(), im2col.Stride(2, 2)))
	pool, err := NewMaxPool2D[float32](g, WithWorkers(2))
	if err != nil {
		t.Fatal(err)
	}
	src, dst, argmax := make([]float32, 4*g.InputLen()), make([]float32, 4*g.OutputLen()), make([]int32, 4*g.OutputLen())
	work["maxpool/forward"] = func() { pool.Forward(dst, src, argmax) }
	work["maxpool/backward"] = func() { pool.Backward(src, dst, argmax) }
	return work
}

func TestNoCallHoldsUpTheCollector(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("large layers")
	}
	const limit = 2 * time.Millisecond // twice what a call may take
	for name, work := range longWork(t, false) {
		median, longest := stops(work, 9)
		t.Logf("%-28s median %8v longest %8v", name, median, longest)
		if median > limit {
			t.Errorf("%s: half of all garbage collections wait longer than %v for a call", name, median)
		}
	}
}

func BenchmarkPause(b *testing.B) {
	for name, work := range longWork(b, true) {
		b.Run(name, func(b *testing.B) {
			median, longest := stops(work, max(b.N, 10))
			b.ReportMetric(median.Seconds()*1e3, "median-ms")
			b.ReportMetric(longest.Seconds()*1e3, "longest-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

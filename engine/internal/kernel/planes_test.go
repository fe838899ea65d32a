package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// fenced is a matrix full of a value between two zones of NaN, which nobody may
// write.
func fenced(n int, value float32) (all, inside []float32) {
	const zone = 19
	all = make([]float32, n+2*zone)
	for i := range all {
		all[i] = float32(math.NaN())
	}
	inside = all[zone : zone+n : zone+n]
	for i := range inside {
		inside[i] = value
	}
	return all, inside
}

// sameFenced fails the test unless got is want, NaN where want is NaN.
func sameFenced(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, x := range got {
		if !(x == want[i] || x != x && want[i] != want[i]) {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(got), x, want[i])
		}
	}
}

func TestAddSpans(t *testing.T) {
	for _, set := range Sets() {
		t.Log("kernel: add spans", set)
		t.Run(set.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for cols := range 70 {
				rows := 1 + r.IntN(4)
				srcStep, dstStep := cols+r.IntN(9), cols+7+r.IntN(9)
				src := make([]float32, (rows-1)*srcStep+cols)
				for i := range src {
					src[i] = float32(r.IntN(100))
				}
				got, dst := fenced((rows-1)*dstStep+cols+7, 3)
				want := append([]float32(nil), got...)
				spans := []Span{{Dst: 0, Src: 0, Count: cols}, {Dst: 7, Src: 0, Count: cols}}
				for range 3 {
					s := Span{Count: r.IntN(cols + 1)}
					s.Src, s.Dst = r.IntN(cols-s.Count+1), r.IntN(cols-s.Count+8)
					spans = append(spans, s)
				}
				inside := want[19:]
				for _, s := range spans {
					for i := range rows {
						for j := range s.Count {
							inside[i*dstStep+s.Dst+j] += src[i*srcStep+s.Src+j]
						}
					}
				}
				set.AddSpans(dst, dstStep, src, srcStep, rows, spans)
				sameFenced(t, "AddSpans", got, want)
			}
			// NaN and infinity are added as they are.
			x := []float32{1, float32(math.Inf(1)), 1, float32(math.NaN())}
			set.AddSpans(x, 1, append([]float32(nil), 1, float32(math.Inf(-1)), 1, 1), 1, 1, []Span{{Count: 4}})
			if x[0] != 2 || x[1] == x[1] || x[2] != 2 || x[3] == x[3] {
				t.Errorf("sums %v", x)
			}
		})
	}
}

func TestInterleave(t *testing.T) {
	for _, set := range Sets() {
		t.Log("kernel: interleave", set)
		t.Run(set.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			for streams := 1; streams <= 20; streams++ {
				for n := 1; n <= 50; n += 1 + r.IntN(3) {
					rows := 1 + r.IntN(3)
					ld := n + r.IntN(5)
					srcStep, dstStep := streams*ld+r.IntN(4), streams*n+r.IntN(4)
					_, src := fenced((rows-1)*srcStep+(streams-1)*ld+n+InterleaveSlack, float32(math.NaN()))
					got, dst := fenced((rows-1)*dstStep+n*streams, 3)
					want := append([]float32(nil), got...)
					for i := range rows {
						for s := range streams {
							for k := range n {
								x := float32(r.IntN(1 << 20))
								src[i*srcStep+s*ld+k] = x
								want[19+i*dstStep+k*streams+s] = x
							}
						}
					}
					set.Interleave(dst, dstStep, src, srcStep, ld, streams, n, rows)
					sameFenced(t, "Interleave", got, want)
				}
			}
		})
	}
}

func TestPlanesMisusePanics(t *testing.T) {
	f := func(n int) []float32 { return make([]float32, n) }
	for name, c := range map[string]struct {
		want string
		call func()
	}{
		"short dst":        {badSpans, func() { portable.AddSpans(f(7), 4, f(8), 4, 2, []Span{{Count: 4}}) }},
		"short src":        {badSpans, func() { portable.AddSpans(f(8), 4, f(7), 4, 2, []Span{{Count: 4}}) }},
		"span before src":  {badSpans, func() { portable.AddSpans(f(8), 4, f(8), 4, 2, []Span{{Src: -1, Count: 4}}) }},
		"negative step":    {badSpans, func() { portable.AddSpans(f(8), -4, f(8), 4, 2, []Span{{Count: 4}}) }},
		"short pixels":     {badStreams, func() { portable.Interleave(f(11), 6, f(64), 6, 2, 3, 2, 2) }},
		"short streams":    {badStreams, func() { portable.Interleave(f(12), 6, f(12+InterleaveSlack-1), 6, 2, 3, 2, 2) }},
		"negative streams": {badStreams, func() { portable.Interleave(f(12), 6, f(64), 6, -2, 3, 2, 2) }},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %q", got, c.want)
				}
			}()
			c.call()
		})
	}
}

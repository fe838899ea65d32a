package engine

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/im2col"
)

// extremeGeometries have strides with very many phases and kernels that few
// outputs meet.
func extremeGeometries(t testing.TB) map[string]im2col.Geometry {
	make := func(h, w, c, kh, kw, oc int, p im2col.Padding, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(im2col.Input{H: h, W: w, C: c}, im2col.Filter{KH: kh, KW: kw, OC: oc}, p, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	valid := im2col.Valid()
	return map[string]im2col.Geometry{
		"stride_as_wide_as_the_kernel": make(41, 43, 3, 10, 10, 7, valid, im2col.Stride(10, 10)),
		"stride_wider_than_the_kernel": make(60, 59, 2, 5, 4, 5, valid, im2col.Stride(13, 11)),
		"stride_of_overlapping_rows":   make(50, 9, 4, 20, 9, 6, im2col.Padded(3, 2, 1, 0), im2col.Stride(17, 3)),
		"stride_and_dilation":          make(70, 50, 2, 7, 9, 3, valid, im2col.Stride(6, 10), im2col.Dilation(4, 5)),
		"stride_beyond_the_image":      make(12, 12, 3, 8, 8, 4, im2col.Padded(2, 2, 2, 2), im2col.Stride(1000, 1000)),
		"kernel_as_large_as_the_image": make(16, 17, 16, 15, 16, 9, valid),
		"kernel_flipped":               make(16, 17, 3, 15, 15, 9, valid, im2col.Flip()),
		"kernel_dilated":               make(30, 31, 5, 15, 15, 4, valid, im2col.Dilation(2, 2)),
		"kernel_of_groups":             make(15, 14, 12, 13, 13, 8, valid, im2col.Groups(4)),
		"kernel_of_one_channel_each":   make(15, 14, 35, 14, 12, 35, valid, im2col.Groups(35)),
		"depthwise_phases":             make(40, 45, 6, 11, 17, 6, im2col.Padded(4, 1, 0, 3), im2col.Groups(6), im2col.Stride(7, 9)),
		"depthwise_dilated":            make(40, 45, 6, 11, 7, 6, valid, im2col.Groups(6), im2col.Stride(6, 4), im2col.Dilation(3, 6), im2col.Flip()),
		"deep_kernel_of_few_filters":   make(136, 131, 1, 133, 127, 3, valid),
		"deep_kernel_flipped":          make(136, 131, 1, 133, 127, 3, im2col.Padded(0, 0, 1, -1), im2col.Flip()),
		"flipped_of_many_filters":      make(24, 23, 5, 18, 19, 40, im2col.Padded(3, 0, 2, 1), im2col.Flip()),
		"flipped_of_groups":            make(24, 23, 6, 18, 19, 6, im2col.Padded(1, 2, -1, 4), im2col.Flip(), im2col.Groups(3), im2col.Stride(2, 1)),
		"kernel_mostly_of_padding":     make(5, 4, 3, 14, 13, 3, im2col.Padded(14, 19, 12, 13), im2col.Stride(2, 3)),
		"large_kernel_same_of_groups":  make(24, 23, 4, 18, 19, 4, im2col.Same(), im2col.Groups(2)),
		"deep_kernel_of_groups":        make(96, 95, 8, 93, 93, 4, valid, im2col.Groups(4)),
		"deep_kernel_of_17_filters":    make(22, 21, 60, 20, 20, 17, valid),
		"kernel_of_one_row":            make(3, 200, 8, 2, 190, 4, valid),
		"kernel_of_one_column":         make(200, 3, 8, 190, 2, 4, valid),
		"kernel_of_many_channels":      make(7, 7, 600, 5, 6, 3, valid),
	}
}

func TestConv2DExtremes(t *testing.T) {
	geometries, draw := extremeGeometries(t), rand.New(rand.NewPCG(29, 30))
	for i := range 20 {
		geometries[fmt.Sprint("random ", i)] = randomExtremes(draw, 1e5)
	}
	for name, g := range geometries {
		t.Run(name, func(t *testing.T) {
			for i, n := range []int{1, 3, 20} {
				if i > 0 && raceEnabled || i > 1 && float64(n)*g.FLOP() > 4e5 {
					break // slow
				}
				r := rand.New(rand.NewPCG(31, uint64(n)))
				checkConv2D[float32](t, r, g, n, WithWorkers(1+n%3))
				if i < 1 {
					checkConv2D[float64](t, r, g, n, WithWorkers(3))
				}
			}
		})
	}
}

// countingBLAS counts multiplications.
type countingBLAS struct {
	gemm.BLAS
	products, multiplied int
}

func (b *countingBLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, x []float32, ldb int, beta float32, c []float32, ldc int) {
	b.products++
	b.multiplied += m * n * k
	b.BLAS.Sgemm(tA, tB, m, n, k, alpha, a, lda, x, ldb, beta, c, ldc)
}

func (b *countingBLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, x []float64, ldb int, beta float64, c []float64, ldc int) {
	b.products++
	b.multiplied += m * n * k
	b.BLAS.Dgemm(tA, tB, m, n, k, alpha, a, lda, x, ldb, beta, c, ldc)
}

// randomExtremes draws a geometry whose sizes are far apart: strides, kernels,
// dilations and padding up to the size of the image and beyond, for so many
// operations at most.
func randomExtremes(r *rand.Rand, most float64) im2col.Geometry {
	size := func(most int) int { return 1 + r.IntN(1+r.IntN(most)) }
	for {
		groups := 1
		c, oc := size(20), size(20)
		if r.IntN(4) == 0 {
			groups = size(8)
			c, oc = groups*size(3), groups*size(3)
		}
		in := im2col.Input{H: size(600), W: size(600), C: c}
		f := im2col.Filter{KH: size(in.H + 3), KW: size(in.W + 3), OC: oc}
		opts := []im2col.Option{im2col.Stride(size(in.H+3), size(in.W+3)), im2col.Groups(groups)}
		if r.IntN(3) == 0 {
			opts = append(opts, im2col.Dilation(size(9), size(9)))
		}
		if r.IntN(3) == 0 {
			opts = append(opts, im2col.Flip())
		}
		pad := func(k int) int { return r.IntN(2*k+1) - k }
		p := []im2col.Padding{
			im2col.Same(), im2col.Valid(), im2col.Centred(r.IntN(f.KH), r.IntN(f.KW)),
			im2col.Padded(pad(f.KH), pad(f.KH), pad(f.KW), pad(f.KW)),
		}[r.IntN(4)]
		if g, err := im2col.New(in, f, p, opts...); err == nil && g.FLOP() < most && g.InputLen()+g.OutputLen() < 1<<20 {
			return g
		}
	}
}

// The gradient to the data multiplies a small multiple of what the forward pass
// does, in as few products.
func TestDataGradientWorksLikeForward(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	geometries := extremeGeometries(t)
	for i := range 150 {
		geometries[fmt.Sprint("random ", i)] = randomExtremes(r, 1e7)
	}
	for name, g := range geometries {
		const n = 2
		work := &countingBLAS{BLAS: gemm.Default()}
		plan, err := NewConv2D[float64](g, WithBLAS(work), WithWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		src, dst, filter := make([]float64, n*g.InputLen()), make([]float64, n*g.OutputLen()), make([]float64, g.FilterLen())
		plan.Forward(dst, src, filter, nil)
		forward := *work
		plan.BackwardData(src, dst, filter)
		products, multiplied := work.products-forward.products, work.multiplied-forward.multiplied
		if multiplied > 4*forward.multiplied {
			t.Errorf("%s: %v: %d multiplications, %d forward", name, g, multiplied, forward.multiplied)
		}
		if most := 2*maxPhases*g.Groups + cut.EnoughParts*forward.products; products > most {
			t.Errorf("%s: %v: %d products, %d forward, want at most %d", name, g, products, forward.products, most)
		}
	}
}

// Kernel rows that only meet padding are not multiplied, nor is anything for
// outputs that do.
func TestProductsLeavePaddingOut(t *testing.T) {
	g := farApart(t, 16, 4, 120, 4, im2col.Padded(119, 150, 119, 119))
	work := &countingBLAS{BLAS: gemm.Default()}
	plan, err := NewConv2D[float64](g, WithBLAS(work), WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	src, dst, filter := make([]float64, g.InputLen()), make([]float64, g.OutputLen()), make([]float64, g.FilterLen())
	for name, pass := range map[string]func(){
		"forward": func() { plan.Forward(dst, src, filter, nil) },
		"filter":  func() { plan.BackwardFilter(filter, nil, src, dst) },
	} {
		work.multiplied = 0
		pass()
		if most := g.FLOP() / 2 / 4; !(float64(work.multiplied) <= most) {
			t.Errorf("%s: %d multiplications, want at most %g of %g", name, work.multiplied, most, g.FLOP()/2)
		}
	}
}

// A plan has few runners for the gradient to the data, none of which multiplies
// for more pixels than it may.
func TestDataGradientHasFewRunners(t *testing.T) {
	r := rand.New(rand.NewPCG(37, 38))
	geometries := extremeGeometries(t)
	for i := range 150 {
		geometries[fmt.Sprint("random ", i)] = randomExtremes(r, 1e13)
	}
	for name, g := range geometries {
		for way, opts := range everyWay() {
			plan, err := NewConv2D[float32](g, opts...)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(plan.backward); n > maxPhases {
				t.Errorf("%s %s: %v has %d runners", name, way, g, n)
			}
			work := 0.0 // times the multiplications that are allowed
			if phases := conv.NewPhases(conv.Folded(g)); len(plan.backward) == phases.Count() && !oneForAll(plan) {
				for _, r := range plan.backward {
					for _, row := range algorithms {
						if by(r.many, row.name) {
							work = max(work, phases.Work()/row.single.limit())
						}
					}
				}
			}
			if !(work <= 1.0001) && plan.choices[PassData].Algorithm != Winograd {
				t.Errorf("%s %s: %v: %g times as much work as is allowed", name, way, g, work)
			}
		}
	}
}

// oneForAll reports whether one runner computes all phases of the gradient to the data
// by way of the forward pass's products.
func oneForAll(plan *Conv2D[float32]) bool {
	if len(plan.backward) != 1 {
		return false
	}
	how := plan.backward[0].many.String()
	return strings.Contains(how, "raised") || strings.Contains(how, "pixel by pixel") || strings.Contains(how, "on its side")
}

// allocatedBy returns the bytes that f allocates.
func allocatedBy(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// A plan takes memory in proportion to the caller's tensors, and some for itself.
func TestPlansTakeMemoryLikeTensors(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := rand.New(rand.NewPCG(35, 36))
	geometries := extremeGeometries(t)
	for i := range 100 {
		geometries[fmt.Sprint("random ", i)] = randomExtremes(r, 1e13)
	}
	for name, g := range geometries {
		for way, opts := range everyWay() {
			bytes := allocatedBy(func() {
				if _, err := NewConv2D[float32](g, append(opts, WithWorkers(2))...); err != nil {
					t.Fatal(err)
				}
			})
			tensors := 4 * (g.InputLen() + g.OutputLen() + g.FilterLen())
			if most := 2<<20 + 4*tensors; bytes > most {
				t.Errorf("%s %s: a plan of %v takes %d bytes, its tensors %d: want at most %d", name, way, g, bytes, tensors, most)
			}
		}
	}
}

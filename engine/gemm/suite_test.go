package gemm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/trial"
)

type float interface{ float32 | float64 }

type product[T float] func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)

// The suite that every backend passes, in both precisions.
func TestBackends(t *testing.T) {
	for _, b := range gemm.Backends() {
		i := b.Info()
		t.Logf("%v, %d callers, %d threads; %s", i, i.Callers, i.Threads, i.Config)
		if i.Note != "" {
			t.Log(i.Note)
		}
		t.Run(i.Name, func(t *testing.T) {
			t.Run("float32", func(t *testing.T) { suite[float32](t, b.Sgemm, 0x1p-24) })
			t.Run("float64", func(t *testing.T) { suite[float64](t, b.Dgemm, 0x1p-53) })
		})
	}
}

func suite[T float](t *testing.T, mul product[T], unit float64) {
	t.Run("exact on integers", func(t *testing.T) { testIntegers(t, mul) })
	t.Run("bounded on reals", func(t *testing.T) { testReals(t, mul, unit) })
	t.Run("empty", func(t *testing.T) { testEmpty(t, mul) })
	t.Run("not a number", func(t *testing.T) { testNaN(t, mul) })
	t.Run("misuse", func(t *testing.T) { testMisuse(t, mul) })
	t.Run("many callers", func(t *testing.T) { testManyCallers(t, mul) })
	t.Run("allocations", func(t *testing.T) { testAllocations(t, mul) })
}

// matrix is rows×cols, stored with gaps of NaN after each row and around.
type matrix[T float] struct {
	t          blas.Transpose
	rows, cols int // of op(x)
	ld         int
	all, x     []T
}

const guard = 19

// newMatrix stores values, rows×cols, or NaN for nil.
func newMatrix[T float](t blas.Transpose, rows, cols, gap int, values []T) *matrix[T] {
	stored, ld := rows, cols+gap
	if t != blas.NoTrans {
		stored, ld = cols, rows+gap
	}
	m := &matrix[T]{t: t, rows: rows, cols: cols, ld: max(1, ld)}
	size := 0
	if stored > 0 {
		size = (stored-1)*m.ld + ld - gap
	}
	m.all = make([]T, size+2*guard)
	for i := range m.all {
		m.all[i] = T(math.NaN())
	}
	m.x = m.all[guard : guard+size : guard+size]
	for i, v := range values {
		*m.at(i/cols, i%cols) = v
	}
	return m
}

func (m *matrix[T]) at(i, j int) *T {
	if m.t != blas.NoTrans {
		i, j = j, i
	}
	return &m.x[i*m.ld+j]
}

// gaps counts the elements outside the matrix that are no longer NaN.
func (m *matrix[T]) gaps() (written int) {
	width := m.cols
	if m.t != blas.NoTrans {
		width = m.rows
	}
	for i, v := range m.all {
		i -= guard
		inside := i >= 0 && i < len(m.x) && i%m.ld < width
		if !inside && v == v {
			written++
		}
	}
	return written
}

func nan[T float]() T { return T(math.NaN()) }

// Sizes around what kernels are cut into, and the smallest.
var sizes = [][3]int{
	{1, 1, 1}, {1, 7, 3}, {2, 1, 9}, {3, 5, 2}, {4, 16, 8}, {5, 17, 33}, {7, 15, 64}, {8, 8, 8}, {13, 31, 65},
	{16, 48, 16}, {17, 49, 15}, {31, 33, 1}, {48, 5, 130}, {63, 20, 45}, {64, 64, 64}, {65, 66, 67}, {100, 1, 300},
	{1, 2000, 98}, {128, 10, 200}, {193, 130, 129}, {257, 96, 400},
}

func testIntegers[T float](t *testing.T, mul product[T]) {
	r := rand.New(rand.NewPCG(1, 2))
	ran := 0
	for _, s := range sizes {
		p := newExact[T](r, s[0], s[1], s[2])
		for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans} {
				for _, scale := range [][2]T{{1, 0}, {1, 1}, {-2, 0}, {3, -2}, {0, 2}, {0, 0}} {
					p.check(t, mul, tA, tB, scale[0], scale[1], r.IntN(2)*r.IntN(20))
					ran++
				}
			}
		}
	}
	if want := len(sizes) * 36; ran != want {
		t.Errorf("%d cases ran, want %d", ran, want)
	}
}

// exact is a product of small integers and its factors, dense.
type exact[T float] struct {
	m, n, k         int
	a, b, c, answer []T
}

func newExact[T float](r *rand.Rand, m, n, k int) exact[T] {
	ints := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.IntN(9) - 4)
		}
		return x
	}
	p := exact[T]{m: m, n: n, k: k, a: ints(m * k), b: ints(k * n), c: ints(m * n), answer: make([]T, m*n)}
	for i := range m {
		for l := range k {
			for j := range n {
				p.answer[i*n+j] += p.a[i*k+l] * p.b[l*n+j]
			}
		}
	}
	return p
}

func (p *exact[T]) check(t *testing.T, mul product[T], tA, tB blas.Transpose, alpha, beta T, gap int) {
	t.Helper()
	m, n, k := p.m, p.n, p.k
	a, b := newMatrix(tA, m, k, gap, p.a), newMatrix(tB, k, n, gap, p.b)
	c := newMatrix(blas.NoTrans, m, n, gap, p.c)
	if beta == 0 {
		c = newMatrix[T](blas.NoTrans, m, n, gap, nil)
	}
	mul(tA, tB, m, n, k, alpha, a.x, a.ld, b.x, b.ld, beta, c.x, c.ld)
	name := fmt.Sprintf("%c%c %d×%d×%d alpha %v beta %v gap %d", tA, tB, m, n, k, alpha, beta, gap)
	for i := range m {
		for j := range n {
			want := alpha * p.answer[i*n+j]
			if beta != 0 {
				want += beta * p.c[i*n+j]
			}
			if got := *c.at(i, j); got != want {
				t.Fatalf("%s: C[%d][%d] = %v, want %v", name, i, j, got, want)
			}
		}
	}
	if w := c.gaps() + a.gaps() + b.gaps(); w > 0 {
		t.Fatalf("%s: %d elements written outside C", name, w)
	}
}

// |computed − exact| ≤ γ_K·|A|·|B|, γ_K = K·u/(1−K·u), whatever the order of
// the sum.
func testReals[T float](t *testing.T, mul product[T], unit float64) {
	r := rand.New(rand.NewPCG(3, 4))
	normals := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.NormFloat64())
		}
		return x
	}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		a, b := newMatrix(blas.NoTrans, m, k, 0, normals(m*k)), newMatrix(blas.NoTrans, k, n, 0, normals(k*n))
		c := newMatrix[T](blas.NoTrans, m, n, 0, nil)
		mul(blas.NoTrans, blas.NoTrans, m, n, k, 1, a.x, a.ld, b.x, b.ld, 0, c.x, c.ld)
		// One term more for the rounding of the float64 reference itself.
		gamma := float64(k+1) * unit / (1 - float64(k+1)*unit)
		for i := range m {
			for j := range n {
				// Kahan's summation: the reference must beat float64.
				var sum, rest, abs float64
				for l := range k {
					p := float64(*a.at(i, l)) * float64(*b.at(l, j))
					abs += math.Abs(p)
					y := p - rest
					next := sum + y
					rest = (next - sum) - y
					sum = next
				}
				if diff := math.Abs(float64(*c.at(i, j)) - sum); !(diff <= gamma*abs+2*unit*0x1p-29*abs+0x1p-52*abs) {
					t.Fatalf("%d×%d×%d: C[%d][%d] = %v, %g from the exact %v, want at most %g", m, n, k, i, j, *c.at(i, j), diff, sum, gamma*abs)
				}
			}
		}
	}
}

func testEmpty[T float](t *testing.T, mul product[T]) {
	for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			c := []T{1, 2, 3, 4}
			mul(tA, tB, 0, 2, 3, 1, make([]T, 9), 3, make([]T, 9), 3, 0, c, 2)
			mul(tA, tB, 2, 0, 3, 1, make([]T, 9), 3, make([]T, 9), 3, 0, c, 2)
			mul(tA, tB, 0, 0, 0, 1, nil, 1, nil, 1, 0, nil, 1)
			if fmt.Sprint(c) != "[1 2 3 4]" {
				t.Errorf("%c%c: a product without rows or columns changed C to %v", tA, tB, c)
			}
			x := make([]T, 2) // even without terms, as long as the rows are apart
			mul(tA, tB, 2, 2, 0, 1, x, 2, x, 2, 3, c, 2)
			if fmt.Sprint(c) != "[3 6 9 12]" {
				t.Errorf("%c%c: 3·C plus an empty sum is %v", tA, tB, c)
			}
			c = []T{nan[T](), 2, nan[T](), 4}
			mul(tA, tB, 2, 2, 0, 1, x, 2, x, 2, 0, c, 2)
			if fmt.Sprint(c) != "[0 0 0 0]" {
				t.Errorf("%c%c: an empty sum is %v", tA, tB, c)
			}
		}
	}
}

// A NaN or an infinity in a factor comes out as arithmetic has it, also where it
// meets a zero: which elements of C are finite, infinite and NaN depends on no
// order. With alpha = 0 nothing of the factors comes out.
func testNaN[T float](t *testing.T, mul product[T]) {
	r := rand.New(rand.NewPCG(7, 8))
	// Mostly zeros, as after a ReLU, with one special value for each 40 elements.
	values := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(max(0, r.IntN(5)-2))
		}
		for range n/40 + 1 {
			x[r.IntN(n)] = T([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)])
		}
		return x
	}
	same := func(a, b T) bool { return a == b || a != a && b != b }
	ran := 0
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		if m*n*k > 1<<17 {
			continue
		}
		x, y := values(m*k), values(k*n)
		answer := make([]T, m*n)
		for i := range m {
			for l := range k {
				for j := range n {
					answer[i*n+j] += x[i*k+l] * y[l*n+j]
				}
			}
		}
		for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
				for _, scale := range [][2]T{{1, 0}, {-2, 1}, {0, 0}, {0, 2}} {
					alpha, beta := scale[0], scale[1]
					a, b := newMatrix(tA, m, k, 3, x), newMatrix(tB, k, n, 0, y)
					c := newMatrix[T](blas.NoTrans, m, n, 5, nil)
					if beta != 0 {
						for i := range m * n {
							*c.at(i/n, i%n) = 1
						}
					}
					mul(tA, tB, m, n, k, alpha, a.x, a.ld, b.x, b.ld, beta, c.x, c.ld)
					for i := range m {
						for j := range n {
							want := beta
							if alpha != 0 {
								want += alpha * answer[i*n+j]
							}
							if got := *c.at(i, j); !same(got, want) {
								t.Fatalf("%c%c %d×%d×%d alpha %v beta %v: C[%d][%d] = %v, want %v", tA, tB, m, n, k, alpha, beta, i, j, got, want)
							}
						}
					}
					ran++
				}
			}
		}
	}
	if ran == 0 {
		t.Error("no case ran")
	}
}

func testMisuse[T float](t *testing.T, mul product[T]) {
	const no, tr = blas.NoTrans, blas.Trans
	x := make([]T, 100)
	for _, c := range []struct {
		want    string
		tA, tB  blas.Transpose
		m, n, k int
		lda     int
		ldb     int
		ldc     int
		a, b, c []T
	}{
		{"blas: illegal transpose", 'x', no, 2, 3, 4, 4, 3, 3, x, x, x},
		{"blas: illegal transpose", no, 0, 2, 3, 4, 4, 3, 3, x, x, x},
		{"blas: m < 0", no, no, -1, 3, 4, 4, 3, 3, x, x, x},
		{"blas: n < 0", no, no, 2, -1, 4, 4, 3, 3, x, x, x},
		{"blas: k < 0", no, no, 2, 3, -1, 4, 3, 3, x, x, x},
		{"blas: bad leading dimension of A", no, no, 2, 3, 4, 3, 3, 3, x, x, x},
		{"blas: bad leading dimension of A", tr, no, 2, 3, 4, 1, 3, 3, x, x, x},
		{"blas: bad leading dimension of A", no, no, 2, 3, 0, 0, 3, 3, x, x, x},
		{"blas: bad leading dimension of B", no, no, 2, 3, 4, 4, 2, 3, x, x, x},
		{"blas: bad leading dimension of B", no, tr, 2, 3, 4, 4, 3, 3, x, x, x},
		{"blas: bad leading dimension of C", no, no, 2, 3, 4, 4, 3, 2, x, x, x},
		{"blas: insufficient length of a", no, no, 2, 3, 4, 4, 3, 3, x[:7], x, x},
		{"blas: insufficient length of a", tr, no, 2, 3, 4, 5, 3, 3, x[:16], x, x},
		{"blas: insufficient length of b", no, no, 2, 3, 4, 4, 3, 3, x, x[:11], x},
		{"blas: insufficient length of b", no, tr, 2, 3, 4, 4, 5, 3, x, x[:13], x},
		{"blas: insufficient length of c", no, no, 2, 3, 4, 4, 3, 3, x, x, x[:5]},
		{"blas: insufficient length of c", no, no, 200, 3, 4, 4, 3, 3, make([]T, 800), x, x},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("%+v: panic %v", c, got)
				}
			}()
			mul(c.tA, c.tB, c.m, c.n, c.k, 1, c.a, c.lda, c.b, c.ldb, 0, c.c, c.ldc)
		}()
	}
}

// More goroutines than OpenBLAS has buffers or would have threads.
func testManyCallers[T float](t *testing.T, mul product[T]) {
	const callers, m, n, k = 200, 60, 50, 70
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			p := newExact[T](rand.New(rand.NewPCG(5, uint64(caller))), m, n, k)
			got := make([]T, m*n)
			for range 20 {
				mul(blas.NoTrans, blas.NoTrans, m, n, k, 1, p.a, k, p.b, n, 0, got, n)
				for i, want := range p.answer {
					if got[i] != want {
						t.Errorf("caller %d: C[%d] = %v, want %v", caller, i, got[i], want)
						return
					}
				}
				clear(got)
			}
		})
	}
	wg.Wait()
}

func testAllocations[T float](t *testing.T, mul product[T]) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	x, c := make([]T, 300*300), make([]T, 300*300)
	for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
		for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			if n := trial.Allocations(3, func() {
				mul(tA, tB, 300, 300, 300, 1, x, 300, x, 300, 0, c, 300)
			}); n != 0 {
				t.Errorf("%c%c: %v allocations for a product, want 0", tA, tB, n)
			}
		}
	}
}

package gemm

import (
	"runtime"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
)

// Packed is a BLAS whose Sgemm and Dgemm run on the engine's register tiles;
// everything else is gonum's Go code. It needs no C library, works on the caller's
// goroutine alone and is safe for concurrent use.
//
// A product is cut as in Goto and van de Geijn (2008): KC terms at a time, MC
// rows of A at a time packed in panels of MR rows for the second-level cache, NR
// columns of B at a time packed for the first. Alpha is applied to the sum of
// each KC terms.
type Packed struct {
	Gonum
	single kernel.Tile
	double kernel.DoubleTile

	singles spare.List[inPlaceCall]
	doubles spare.List[packedCall[float64]]
}

// NewPacked returns a Packed on the kernels of an instruction set, one of those
// that engine.ISAs lists.
func NewPacked(isa kernel.ISA) *Packed {
	set := kernel.Find(isa)
	if set == nil {
		panic("gemm: NewPacked: instruction set not available")
	}
	tiles := set.Tiles()
	p := &Packed{single: tiles[len(tiles)-1], double: set.DoubleTile()}
	p.singles.Keep, p.doubles.Keep = runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(0)
	return p
}

// Info names the kernels.
func (p *Packed) Info() Info {
	return Info{Name: "packed", Kernels: p.single.String() + " " + p.double.String(), Threads: 1}
}

// goBackends lists the backends that need no C library, the fastest first.
func goBackends() []Backend {
	if set := kernel.Best(); set.ISA != kernel.Portable {
		return []Backend{NewPacked(set.ISA), Gonum{}}
	}
	return []Backend{Gonum{}}
}

// Sgemm computes C = alpha·op(A)·op(B) + beta·C, where op(A) is m×k, op(B) k×n
// and C m×n, row-major. It panics as gonum's does.
func (p *Packed) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m <= 0 || n <= 0 || k <= 0 || alpha == 0 || !fits(tA, m, k, a, lda) || !fits(tB, k, n, b, ldb) || !fits(blas.NoTrans, m, n, c, ldc) {
		// Nothing to multiply, or a fault to report.
		p.Gonum.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	call := p.singles.Get()
	call.tile, call.pixels, call.mr, call.nr = &p.single, p.single, p.single.MR, p.single.NR
	call.set(m, n, k, alpha, operand[float32]{a, lda, tA != blas.NoTrans}, operand[float32]{b, ldb, tB != blas.NoTrans}, beta, c, ldc)
	if call.fits() {
		call.runInPlace()
	} else {
		call.run()
	}
	call.release()
	call.conv = kernel.ConvArgs{}
	p.singles.Put(call)
}

// Dgemm is Sgemm for float64.
func (p *Packed) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m <= 0 || n <= 0 || k <= 0 || alpha == 0 || !fits(tA, m, k, a, lda) || !fits(tB, k, n, b, ldb) || !fits(blas.NoTrans, m, n, c, ldc) {
		p.Gonum.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	call := p.doubles.Get()
	call.tile, call.mr, call.nr = &p.double, p.double.MR, p.double.NR
	call.set(m, n, k, alpha, operand[float64]{a, lda, tA != blas.NoTrans}, operand[float64]{b, ldb, tB != blas.NoTrans}, beta, c, ldc)
	call.run()
	call.release()
	p.doubles.Put(call)
}

package gemm

import (
	"runtime"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/spare"
)

// Packed is a BLAS whose Sgemm runs on the engine's register tiles; everything
// else is gonum's Go code. It needs no C library, works on the caller's
// goroutine alone and is safe for concurrent use.
//
// A product is cut as in Goto and van de Geijn (2008): KC terms at a time, MC
// rows of A at a time packed in panels of MR rows for the second-level cache, NR
// columns of B at a time packed for the first. Alpha is applied to the sum of
// each KC terms.
type Packed struct {
	Gonum
	tile kernel.Tile

	calls spare.List[packedCall]
}

// NewPacked returns a Packed on the kernels of an instruction set, one of those
// that engine.ISAs lists.
func NewPacked(isa kernel.ISA) *Packed {
	tiles := kernel.Tiles(isa)
	p := &Packed{tile: tiles[len(tiles)-1]}
	p.calls.Keep = runtime.GOMAXPROCS(0)
	return p
}

// Info names the kernels.
func (p *Packed) Info() Info {
	return Info{Name: "packed", Kernels: p.tile.String(), Threads: 1}
}

// goBackends lists the backends that need no C library, the fastest first.
func goBackends() []Backend {
	if isa := kernel.Best(); isa != kernel.Portable {
		return []Backend{NewPacked(isa), Gonum{}}
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
	if beta != 0 && beta != 1 {
		for i := range m {
			row := c[i*ldc:][:n]
			for j := range row {
				row[j] *= beta
			}
		}
	}
	call := p.calls.Get()
	call.tile = p.tile
	call.m, call.n, call.k, call.alpha, call.accumulate = m, n, k, alpha, beta != 0
	call.a = operand{a, lda, tA != blas.NoTrans}
	call.b = operand{b, ldb, tB != blas.NoTrans}
	call.c, call.ldc = c, ldc
	call.run()
	call.a, call.b, call.c = operand{}, operand{}, nil
	call.outer, call.conv = kernel.OuterArgs{}, kernel.ConvArgs{}
	p.calls.Put(call)
}

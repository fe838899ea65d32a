package verify

import (
	"fmt"
	"strings"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/gemm"
	_ "github.com/unslide/unslide/engine/gemm/openblas" // a path of its own
)

// Path is one way through the engine: an algorithm, the BLAS it multiplies
// with, an instruction set of the own kernels, and a precision.
type Path struct {
	Algorithm engine.Algorithm
	BLAS      gemm.Backend
	ISA       engine.ISA
	Bits      int // 32 or 64
}

// Paths lists every path of this build on this machine. The algorithms of own
// kernels are listed with the default BLAS only, and for float32 alone: for
// float64 they are GEMM.
func Paths() []Path {
	var paths []Path
	for _, bits := range []int{32, 64} {
		for _, a := range engine.Algorithms() {
			for _, b := range gemm.Backends() {
				own := a != engine.Auto && a != engine.GEMM
				if own && (b != gemm.Default() || bits == 64) {
					continue
				}
				for _, isa := range engine.ISAs() {
					paths = append(paths, Path{a, b, isa, bits})
				}
			}
		}
	}
	return paths
}

func (p Path) String() string {
	s := []string{fmt.Sprintf("float%d", p.Bits), p.Algorithm.String()}
	if p.Algorithm == engine.Auto || p.Algorithm == engine.GEMM {
		s = append(s, p.BLAS.Info().Name)
	}
	return strings.Join(append(s, string(p.ISA)), " ")
}

func (p Path) options(workers int, act engine.Activation) []engine.Option {
	return []engine.Option{
		engine.WithAlgorithm(p.Algorithm), engine.WithBLAS(p.BLAS), engine.WithISA(p.ISA),
		engine.WithWorkers(workers), engine.WithActivation(act),
	}
}

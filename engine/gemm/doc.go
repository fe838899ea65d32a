// Package gemm is the seam to BLAS: the matrix products that the engine leaves
// to a library, behind gonum's own interfaces.
//
//	engine ──► engine/gemm ──► engine/internal/kernel (Packed: on register tiles)
//	              ▲      └───► gonum.org/v1/gonum     (Gonum: plain Go, every build)
//	              └─── engine/gemm/openblas, which a program imports to have it
//
// [Backends] lists what this program has, the default first: what was registered
// last, then [Packed] where the CPU has kernels for it, then [Gonum]. Whatever
// else implements [BLAS] can be handed to a plan as well.
//
// Backends multiply on the calling goroutine alone, and any number of
// goroutines may call them at once.
package gemm

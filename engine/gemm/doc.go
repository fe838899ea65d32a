// Package gemm is the seam to BLAS: the matrix products that the engine leaves
// to a library, behind gonum's own interfaces.
//
//	engine ──► engine/gemm ──► gonum.org/v1/netlib (OpenBLAS, a cgo build)
//	                     ├───► engine/kernel       (Packed: float32 on register tiles)
//	                     └───► gonum.org/v1/gonum  (plain Go, every build)
//
// [Backends] lists what this build has, the default first: OpenBLAS in a cgo
// build; with CGO_ENABLED=0 or the build tag purego [Packed] where the CPU has
// kernels for it, else plain Go. Whatever else implements [BLAS] can be handed
// to a plan as well.
//
// Backends multiply on the calling goroutine alone, and any number of
// goroutines may call them at once: OpenBLAS is set to one thread when the
// package is initialised, which counts for the whole process, and no more
// goroutines enter it at a time than it has buffers for.
//
// The linker finds OpenBLAS as -lopenblas (on macOS, where Homebrew puts it);
// the build tag pkgconfig asks pkg-config instead.
package gemm

// Package openblas makes OpenBLAS the default of engine/gemm in programs that
// import it:
//
//	import _ "github.com/unslide/unslide/engine/gemm/openblas"
//
//	openblas ──► engine/gemm
//	     └─────► gonum.org/v1/netlib ──► OpenBLAS, a C library
//
// It is the only package of the module that needs C. In a build without cgo,
// with the build tag purego or for Windows it registers nothing, and [Backend]
// says why.
//
// The linker finds OpenBLAS as -lopenblas (on macOS, where Homebrew puts it);
// the build tag pkgconfig asks pkg-config instead.
//
// OpenBLAS is set to one thread at its first product, which counts for the whole
// process, and no more goroutines enter it at a time than it has buffers for.
package openblas

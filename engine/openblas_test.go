package engine

// The tests run on OpenBLAS where the build can have it.
import _ "github.com/unslide/unslide/engine/gemm/openblas"

//go:build !noasm && !gccgo && !safe

package gemm

// gonumAssembly says that gonum's vector loops are assembly.
const gonumAssembly = true

//go:build !cgo || purego

package gemm

var backends = goBackends()

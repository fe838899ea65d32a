//go:build cgo && !purego && !pkgconfig && !darwin

package gemm

// #cgo LDFLAGS: -lopenblas
// #cgo linux LDFLAGS: -ldl
import "C"

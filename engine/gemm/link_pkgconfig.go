//go:build cgo && !purego && pkgconfig

package gemm

// #cgo pkg-config: openblas
// #cgo linux LDFLAGS: -ldl
import "C"

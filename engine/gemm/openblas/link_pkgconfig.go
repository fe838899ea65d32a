//go:build cgo && !purego && !windows && pkgconfig

package openblas

// #cgo pkg-config: openblas
// #cgo linux LDFLAGS: -ldl
import "C"

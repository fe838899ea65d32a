//go:build cgo && !purego && !windows && !pkgconfig && !darwin

package openblas

// #cgo LDFLAGS: -lopenblas
// #cgo linux LDFLAGS: -ldl
import "C"

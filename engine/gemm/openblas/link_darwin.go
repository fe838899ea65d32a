//go:build cgo && !purego && !pkgconfig

package openblas

// Homebrew keeps OpenBLAS out of the linker's usual folders.

// #cgo arm64 LDFLAGS: -L/opt/homebrew/opt/openblas/lib
// #cgo amd64 LDFLAGS: -L/usr/local/opt/openblas/lib
// #cgo LDFLAGS: -lopenblas
import "C"

//go:build !cgo && !purego && !windows

package openblas

const why = "build without cgo: want CGO_ENABLED=1 and a C compiler"

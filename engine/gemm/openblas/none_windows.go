//go:build !purego

package openblas

const why = "build for Windows: want a Unix"

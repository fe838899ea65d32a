//go:build purego

package openblas

const why = "build with the tag purego: want one without"

//go:build !amd64 || noasm

package kernel

var available = []ISA{Portable}

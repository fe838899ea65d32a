//go:build !noasm

package kernel

//go:generate go run -C _asm ./tile -file prefetch -out ../prefetch_amd64.s

//go:noescape
func prefetchLines(src *float32, lines int)

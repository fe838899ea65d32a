//go:build !amd64 || noasm

package kernel

func addSpans(_ ISA, dst []float32, dstStep int, src []float32, srcStep, rows int, spans []Span) {
	addSpansPortable(dst, dstStep, src, srcStep, rows, spans)
}

func interleave(_ ISA, dst []float32, dstStep int, src []float32, srcStep, ld, streams, n, rows int) {
	interleavePortable(dst, dstStep, src, srcStep, ld, streams, n, rows)
}

// Command tile writes the register-tile kernels of package kernel as Go
// assembly: one file per operation and instruction set.
package main

import (
	"flag"
	"log"

	"github.com/mmcloughlin/avo/build"

	"github.com/unslide/unslide/engine/internal/kernel/_asm/header"
)

// files says what goes into each generated file. A tile is rows × vectors.
var files = map[string]func(){
	"conv-avx2":      func() { conv(avx2, 6, 2); conv(avx2, 12, 1) },
	"outer-avx2":     func() { outer(avx2, 6, 2); outer(avx2, 12, 1) },
	"pack-avx2":      func() { pack(avx2) },
	"double-avx2":    func() { outer(avx2Double, 6, 2); outer(avx2Double, 12, 1); pack(avx2Double) },
	"depthwise-avx2": func() { depthwise(avx2); depthwiseFilter(avx2) },
	"planes-avx2":    func() { addSpans(avx2) },
	"winograd-avx2":  func() { winogradTransforms(avx2) },

	"conv-avx512":  func() { conv(avx512, 14, 2); conv(avx512, 14, 1); conv(avx512Half, 14, 1) },
	"outer-avx512": func() { outer(avx512, 14, 2); outer(avx512, 14, 1) },
	"pack-avx512":  func() { pack(avx512) },
	"double-avx512": func() {
		outer(avx512Double, 14, 2)
		outer(avx512Double, 14, 1)
		outer(avx512DoubleHalf, 14, 1)
		pack(avx512Double)
	},
	"depthwise-avx512": func() { depthwise(avx512); depthwiseFilter(avx512) },
	"planes-avx512":    func() { addSpans(avx512); interleave(avx512) },
	"winograd-avx512":  func() { winogradTransforms(avx512) },

	"prefetch": prefetch,
}

func main() {
	name := flag.String("file", "", "which file to write: conv-avx512, conv-avx2, …")
	flag.Parse()
	emit, ok := files[*name]
	if !ok {
		log.Fatalf("tile: file %q: not one of the list in main.go", *name)
	}
	build.ConstraintExpr("amd64,!noasm")
	emit()
	header.Generate("tile")
}

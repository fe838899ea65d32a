// Command vector writes the vector kernels of package kernel as Go assembly,
// with the declarations that Go needs: one file per instruction set.
package main

import (
	"flag"
	"log"

	"github.com/mmcloughlin/avo/build"

	"github.com/unslide/unslide/engine/internal/kernel/_asm/header"
)

func main() {
	name := flag.String("isa", "", "which instruction set to write for: avx2 or avx512")
	flag.Parse()
	t, ok := targets[*name]
	if !ok {
		log.Fatalf("vector: instruction set %q: want avx2 or avx512", *name)
	}
	build.ConstraintExpr("amd64,!noasm")
	t.functions()
	t.activations()
	t.softmax()
	t.columnSums()
	t.optimisers()
	t.maxPool()
	t.vecMat()
	t.matVec(false)
	t.matVec(true)
	t.matVecUpdateDense()
	t.memory()
	if t == targets["avx2"] {
		t.furtherActivations()
		t.normalisation()
		avx2Double.vecMat()
		avx2Double.matVec(false)
		avx2Double.matVec(true)
	}
	header.Generate("vector")
}

// Command blas lets a BLAS of one's own multiply the matrices of a convolution:
// here gonum's, which counts; it could be any library that has gonum's interface.
package main

import (
	"fmt"
	"log"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/im2col"
)

// counting counts the operations of float32 products. Several workers call it at
// once.
type counting struct {
	gemm.Gonum
	flops atomic.Int64
}

func (c *counting) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, dst []float32, ldc int) {
	c.flops.Add(2 * int64(m) * int64(n) * int64(k))
	c.Gonum.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, dst, ldc)
}

func main() {
	g, err := im2col.New(im2col.Input{H: 30, W: 30, C: 16}, im2col.Filter{KH: 3, KW: 3, OC: 32}, im2col.Valid())
	if err != nil {
		log.Fatal(err)
	}
	counter := &counting{}
	conv, err := engine.NewConv2D[float32](g, engine.WithAlgorithm(engine.GEMM), engine.WithBLAS(counter))
	if err != nil {
		log.Fatal(err)
	}
	const images = 4
	src, dst := make([]float32, images*g.InputLen()), make([]float32, images*g.OutputLen())
	filter, bias := make([]float32, g.FilterLen()), make([]float32, g.OC)
	conv.Forward(dst, src, filter, bias)
	fmt.Println(counter.flops.Load(), "operations; by the definition", 2*images*g.OH*g.OW*g.OC*g.KH*g.KW*g.C)
}

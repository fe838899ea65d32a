package conv

import (
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// A Runner computes one product by one algorithm. Its methods only read it.
type Runner[T im2col.Float] interface {
	// Prepared returns the length of the filter as the algorithm wants it for
	// n images and the number of parts Prepare works in; 0, 0: as it is. For a
	// prepacked product they are the same for any n.
	Prepared(n int) (length, parts int)
	Prepare(part int, dst, filter []T)
	// Parts returns into how many pieces the work on n images is cut.
	Parts(n int) int
	// Scratch returns the length of the workspace a worker needs. It keeps it
	// for all of its parts of a call and finds 0 in the first element at first.
	Scratch() int
	Compute(part, n int, dst, src, filter, bias, scratch []T)
	String() string
}

// A Gradient computes the gradient to filter and bias by one algorithm.
// Its methods only read it.
type Gradient[T im2col.Float] interface {
	// Parts returns into how many pieces the work on n images is cut.
	Parts(n int) int
	// Shards returns into how many shards the pixels of n images are cut. Of each
	// the parts keep the sums where Sums has them, for others to add.
	Shards(n int) int
	// Scratch returns the length of the workspace a worker needs.
	Scratch() int
	Compute(part, n int, dFilter, dBias, src, dPre, partials, scratch []T)
	String() string
}

// Config is what a plan's options say to its algorithms.
type Config[T im2col.Float] struct {
	Ops        *Ops[T]
	Set        *kernel.Set
	Activation kernel.Activation // of the product's outputs
	Workers    int
}

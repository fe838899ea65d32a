// Package engine computes 2-D convolutions, pooling and dense layers, forward
// and backward, on all cores.
//
//	engine/nn ──► engine ──► engine/internal/lowered, direct, depthwise, winograd
//	                 │             └──► conv ──► cut, kernel
//	                 ├─────► engine/internal/work   (workers, workspaces, labels)
//	                 ├─────► engine/gemm            (own products, gonum, OpenBLAS)
//	                 └─────► im2col
//
// A plan looks for its algorithm in one table (algorithms.go), which names the
// rooms below engine/internal, one for each; no room knows another.
//
// One describes the work once ([im2col.Geometry]), makes a plan from it
// ([NewConv2D], [NewMaxPool2D], [NewDense]) and runs the plan on slices. Images
// are NHWC, filters HWIO, everything row-major and dense; the batch follows
// from the slices' lengths.
//
// The plans, each in a file of its own:
//
//   - [Conv2D], [Dense]: sums of products, with bias and activation;
//   - [MaxPool2D], [AveragePool2D]: poolings under windows of any geometry;
//   - [BatchNorm], [GroupNorm]: each channel to mean and variance as learnt;
//   - [Activate]: an activation by itself;
//   - [SoftmaxCrossEntropy], [Update]: the ends of a training step.
//
// What every plan promises:
//
//   - It never changes and may be used by many goroutines at once.
//   - A call allocates nothing once the plan has warmed up. The patch matrix
//     is never built whole: each worker lowers a block that fits in its share
//     of the second-level cache. Memory does not grow with the batch.
//   - Workspaces belong to the workers, which plans of as many workers share.
//     Of calls at the same time one has the workers; the others run alone, each
//     with one workspace for as long as it runs.
//   - [Conv2D.Pack] prepares a filter once for many calls of ForwardPacked, which
//     then do nothing but convolve.
//   - Results have the same bits for any number of workers: the work is cut by
//     the shape alone, and partial sums are added in a fixed order.
//   - Destinations are only written, inputs only read. They must not overlap
//     unless a method says that they may.
//   - Faults of the plan are errors of its constructor; a slice of the wrong
//     length panics before anything is touched.
//   - A panic inside a call (of a trace, of a BLAS, over a bad argmax) reaches
//     the caller, and the plan works on. From another worker's goroutine it
//     arrives as a *Recovered of package github.com/sourcegraph/conc/panics, with
//     the stack of the worker.
package engine

// Package conv says what an algorithm for convolutions is given and what it
// returns: everything that more than one of them needs, and no algorithm.
//
//	lowered, direct, depthwise, winograd ──► conv ──► cut, kernel, im2col
//
// The forward pass is one [Product], the gradient to the data one for each of
// its [Phases] or a single one for all of them: a [Runner] computes it. A [Gradient]
// computes the gradient to filter and bias. Both cut the work on a batch into
// parts that may run in any order, and only read themselves.
package conv

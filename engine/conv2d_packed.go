package engine

import (
	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

// PackedFilter is a filter in the layout that the kernels of a plan's
// ForwardPacked read, for filters that stay the same over many calls: Forward
// prepares it in every call, which takes up to a tenth of the time where small
// images meet many channels, and more by Winograd. It belongs to the plan that
// made it.
type PackedFilter[T Float] struct {
	plan   *Conv2D[T]
	layout []T // of the plan's runner
}

// newPackedRunner chooses the algorithm of ForwardPacked, for any number of
// images. Where it is Forward's as well, both may read the same tables.
func newPackedRunner[T Float](g im2col.Geometry, forward conv.Runner[T], o options, cfg conv.Config[T]) (conv.Runner[T], Choice) {
	c := choose[T](PassPacked, &g, &o)
	if r, ok := forward.(packable[T]); ok && c.algorithm == choose[T](PassForward, &g, &o).algorithm {
		packed := r.ForPacked()
		return packed, Choice{Pass: PassPacked, Algorithm: c.algorithm, How: packed.String(), Why: c.why}
	}
	r, choice := newRunner(PassPacked, conv.Forward(g), o, cfg)
	return r.many, choice
}

// A packable runner makes one of the same product for a filter that outlives a call,
// which reads the same tables.
type packable[T Float] interface{ ForPacked() conv.Runner[T] }

const badConvPacked = "engine: Conv2D: the packed filter is not of this plan"

// Pack returns filter in the layout of ForwardPacked: a copy, as large as the
// filter, padded, or four times that (36 values for 9) where the plan computes
// ForwardPacked by Winograd and that is at most 16 MiB.
func (c *Conv2D[T]) Pack(filter []T) *PackedFilter[T] {
	c.checkFilter(filter)
	length, parts := c.packed.Prepared(1)
	if parts == 0 {
		length = len(filter)
	}
	p := &PackedFilter[T]{c, make([]T, length)}
	c.PackInto(p, filter)
	return p
}

// PackInto is Pack into a packed filter of the same plan, without allocating.
// No call may be reading it.
func (c *Conv2D[T]) PackInto(p *PackedFilter[T], filter []T) {
	c.checkPacked(p)
	c.checkFilter(filter)
	if _, parts := c.packed.Prepared(1); parts == 0 {
		work.Copy(p.layout, filter) // the runner takes it as it is
		return
	}
	call := c.call()
	call.prepare(c.packed, "pack", 1, p.layout, filter)
	c.release(call)
}

// ForwardPacked is Forward with a filter packed beforehand. Where a call's images
// are computed by the same algorithm in both, as [Choice.For] of [Conv2D.Choices]
// says, the results have the same bits.
func (c *Conv2D[T]) ForwardPacked(dst, src []T, filter *PackedFilter[T], bias []T) {
	c.checkPacked(filter)
	n := c.check(src, dst, bias)
	call := c.call()
	call.compute(c.packed, "forward", n, dst, src, filter.layout, bias)
	c.release(call)
}

func (c *Conv2D[T]) checkPacked(p *PackedFilter[T]) {
	if p == nil || p.plan != c {
		panic(badConvPacked)
	}
}

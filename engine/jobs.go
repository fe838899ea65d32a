package engine

import (
	"github.com/unslide/unslide/engine/internal/spare"
	"github.com/unslide/unslide/engine/internal/work"
)

// jobs runs the calls of one kind of a plan. A is what a call is about, its
// method Run computes a part of it. What the last call was given is kept for the
// next one, not what that was about.
type jobs[A any, J interface {
	*A
	work.Job
}] struct {
	pool  *work.Pool
	spare spare.List[A]
}

// run computes all parts of a call.
func (s *jobs[A, J]) run(call A, parts int, l *work.Label) {
	if parts == 0 {
		return
	}
	kept := s.spare.Get()
	*kept = call
	s.pool.Run(J(kept), parts, l)
	*kept = *new(A)
	s.spare.Put(kept)
}

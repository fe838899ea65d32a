package engine

import "sync"

// freeList keeps what calls have released for later calls. Unlike a sync.Pool
// it keeps it through garbage collections: there are never more items than
// there were calls at the same time.
type freeList[E any] struct {
	make func() *E
	mu   sync.Mutex
	free []*E
}

func (l *freeList[E]) get() *E {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 {
		return l.make()
	}
	e := l.free[n-1]
	l.free = l.free[:n-1]
	return e
}

func (l *freeList[E]) put(e *E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, e)
}

package spare

import (
	"sync"
	"sync/atomic"
)

// List keeps released items of one kind. Those that Keep says it keeps for good;
// so callers one after another never make another item. The items beside them,
// which it took callers at the same time to need, it keeps while they go on: what
// a burst of callers has left behind, the second garbage collection after it
// takes.
//
// The zero List is empty and keeps one item. Its methods may be called by several
// goroutines.
type List[E any] struct {
	Keep int // items; 0 is 1

	first atomic.Pointer[E] // one of them, which costs no lock
	mu    sync.Mutex
	kept  []*E
	rest  *sync.Pool // by itself, since the runtime remembers pools
}

// Get returns an item, a zero one if none is there.
func (l *List[E]) Get() *E {
	if e := l.first.Swap(nil); e != nil {
		return e
	}
	l.mu.Lock()
	n, rest := len(l.kept), l.rest
	if n > 0 {
		e := l.kept[n-1]
		l.kept[n-1] = nil
		l.kept = l.kept[:n-1]
		l.mu.Unlock()
		return e
	}
	l.mu.Unlock()
	if rest != nil {
		if e, ok := rest.Get().(*E); ok {
			return e
		}
	}
	return new(E)
}

// Put gives an item back.
func (l *List[E]) Put(e *E) {
	if l.first.CompareAndSwap(nil, e) {
		return
	}
	l.mu.Lock()
	if len(l.kept)+1 < l.Keep {
		l.kept = append(l.kept, e)
		l.mu.Unlock()
		return
	}
	if l.rest == nil {
		l.rest = new(sync.Pool)
	}
	rest := l.rest
	l.mu.Unlock()
	rest.Put(e)
}

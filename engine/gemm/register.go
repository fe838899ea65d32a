package gemm

import (
	"slices"
	"sync"
)

var registry = struct {
	sync.Mutex
	backends []Backend // the default first
}{backends: goBackends()}

// Register puts a backend in front of [Backends], so that it is the default of
// what asks for one from then on. A package that holds a BLAS calls it when it is
// initialised, so that importing the package is all that a program has to do. It
// panics where a backend of that name is registered.
func Register(b Backend) {
	registry.Lock()
	defer registry.Unlock()
	name := b.Info().Name
	if slices.ContainsFunc(registry.backends, func(other Backend) bool { return other.Info().Name == name }) {
		panic(taken)
	}
	registry.backends = slices.Insert(registry.backends, 0, b)
}

const taken = "gemm: a backend of that name is registered"

// Backends lists the backends of this program, the default first. Each has a
// name of its own.
func Backends() []Backend {
	registry.Lock()
	defer registry.Unlock()
	return slices.Clone(registry.backends)
}

// Default returns the first of [Backends].
func Default() Backend { return Backends()[0] }

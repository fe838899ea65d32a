package kernel

// Prefetch asks for the cache lines of x, which is to be read soon, without
// waiting for them. A few at a time beside other work go unnoticed; many at once
// wait for each other.
func (s *Set) Prefetch(x []float32) {
	const line = 16 // float32
	if len(x) > 0 {
		s.kernels.Prefetch(&x[0], (len(x)+line-1)/line)
	}
}

func prefetchPortable(*float32, int) {}

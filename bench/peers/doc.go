// Package peers holds what the engine is timed beside: programs in Python for
// TensorFlow, JAX and PyTorch, and the article's own method.
//
//	bench, bench/article ──► bench/peers   (imports nothing of ours)
package peers

import _ "embed"

// Sliding is sliding.py: the article's network in Python and numpy.
//
//go:embed sliding.py
var Sliding []byte

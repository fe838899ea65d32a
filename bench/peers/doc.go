// Package peers holds what the engine is timed beside: programs in Python for
// TensorFlow, JAX and PyTorch, and the article's own method.
//
//	bench/measure · bench/article ──► bench/peers   (imports nothing of ours)
//
// [Start] runs the frameworks' programs, each as a [Peer] that is asked for its
// times; [Sliding] is the article's program.
package peers

import _ "embed"

// Sliding is sliding.py: the article's network in Python and numpy.
//
//go:embed sliding.py
var Sliding []byte

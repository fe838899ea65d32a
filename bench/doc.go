// Package bench puts things side by side: the engine's paths and the sliding
// reference, to prove them equal; the engine, a bare matrix product and other
// frameworks, to see which is faster.
//
//	cmd/unslide ──► bench ──► engine · engine/nn · engine/data/mnist
//	                    └───► naive
//
// bench/shapes holds the named lists: real layers to time, and small geometries
// that reach every corner of the engine. bench/verify runs each of those, and the
// cases of golden files, on every path of this build and machine. The benchmarks
// (go test -bench) and [Measure] time the layers; peers/ holds the programs that
// do the same with TensorFlow, JAX and PyTorch.
package bench

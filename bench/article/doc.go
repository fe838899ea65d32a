// Package article runs the article's experiments again and draws them.
//
//	cmd/unslide ──► bench/article ──► engine/nn · engine/data/mnist
//	                      ├─────────► naive
//	                      ├─────────► bench/measure (figures measured before)
//	                      └─────────► bench/chart · bench/peers · bench/shapes
//
// [Compare] trains the sliding reference and the engine side by side, from the
// same weights on the same images, and tells how far they are apart. [Measure]
// times each layer of a training step, forward and backward: the article's
// method in Python, the same in Go, and the engine. [MeasureClaims] puts each of
// the article's claims beside what was measured. [Reference] is the sliding
// reference as a trainer, in the words of nn.Trainer.
package article

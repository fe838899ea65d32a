package data

// Varied is a source of which each epoch of a training sees other images, such as
// one that shifts or mirrors them. Read gives the images as they are, as tests see
// them; the shape, the classes and the labels are the same in every epoch.
//
// What an epoch sees depends on its number and the image's alone, never on the
// order of calls or on who calls: what is drawn is drawn from a seed, the epoch and
// the image. So a training with any number of workers, or resumed, computes the same
// bits.
type Varied interface {
	Source
	// ReadEpoch is Read as an epoch, from 0, sees image i.
	ReadEpoch(dst []float32, epoch, i int) error
	// Variation says how the images vary, with whatever decides it, the seed
	// included. A training is resumed only with the variation that it began with.
	Variation() string
}

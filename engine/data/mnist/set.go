package mnist

import "github.com/unslide/unslide/engine/data"

// Data is the whole data set, as the files have it: grey images of 28×28.
type Data struct {
	Training *data.Set // 60 000 images
	Test     *data.Set // 10 000 images
}

const digits = 10

// HeldBack is how many images the article holds back for validation: the first
// ones of the training file.
const HeldBack = 5000

// Train returns the 55 000 images that the article trains on: 5 000 to 59 999
// of the training file.
func (d *Data) Train() *data.Set { return d.Training.Slice(HeldBack, d.Training.Len()) }

// Validation returns the 5 000 images that the article holds back: 0 to 4 999
// of the training file.
func (d *Data) Validation() *data.Set { return d.Training.Slice(0, HeldBack) }

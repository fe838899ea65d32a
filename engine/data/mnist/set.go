package mnist

// Set is a number of labelled images.
type Set struct {
	Rows, Cols int
	Images     []byte // Len × [Rows][Cols], 0 is paper, 255 is ink
	Labels     []byte // Len, each 0 to 9
}

// Len returns the number of images.
func (s *Set) Len() int { return len(s.Labels) }

// Image returns the pixels of image i, row by row. The memory is the set's.
func (s *Set) Image(i int) []byte {
	size := s.Rows * s.Cols
	return s.Images[i*size : (i+1)*size : (i+1)*size]
}

// Slice returns the images lo ≤ i < hi. The memory is the set's.
func (s *Set) Slice(lo, hi int) *Set {
	size := s.Rows * s.Cols
	return &Set{
		Rows: s.Rows, Cols: s.Cols,
		Images: s.Images[lo*size : hi*size : hi*size],
		Labels: s.Labels[lo:hi:hi],
	}
}

// HeldBack is how many images the article holds back for validation: the first
// ones of the training file.
const HeldBack = 5000

// Data is the whole data set, as the files have it.
type Data struct {
	Training *Set // 60 000 images
	Test     *Set // 10 000 images
}

// Train returns the 55 000 images that the article trains on: 5 000 to 59 999
// of the training file.
func (d *Data) Train() *Set { return d.Training.Slice(HeldBack, d.Training.Len()) }

// Validation returns the 5 000 images that the article holds back: 0 to 4 999
// of the training file.
func (d *Data) Validation() *Set { return d.Training.Slice(0, HeldBack) }

// Pixels writes the pixels as numbers from 0 to 1: divided by 255 in float32,
// as TensorFlow's reader of the data set does, whatever T is. It panics unless
// dst is as long as pixels.
func Pixels[T float32 | float64](dst []T, pixels []byte) {
	if len(dst) != len(pixels) {
		panic("mnist: Pixels: dst is not as long as pixels")
	}
	for i, p := range pixels {
		dst[i] = T(float32(p) / 255)
	}
}

package im2col

// copyRun writes a run's pieces to the patch matrix.
func copyRun[T Float](cols, image []T, r run) {
	for range r.count {
		copy(cols[r.at:r.at+r.n], image[r.image:])
		r.at += r.atStep
		r.image += r.imageStep
	}
}

// clearRun writes zeros for a run's pieces.
func clearRun[T Float](cols []T, r run) {
	for range r.count {
		clear(cols[r.at : r.at+r.n])
		r.at += r.atStep
	}
}

// addRun adds a run's pieces to the image.
func addRun[T Float](image, cols []T, r run) {
	for range r.count {
		s := cols[r.at : r.at+r.n]
		d := image[r.image : r.image+r.n]
		for i, x := range s {
			d[i] += x
		}
		r.at += r.atStep
		r.image += r.imageStep
	}
}

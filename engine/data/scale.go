package data

const badScale = "data: Scale: dst is not as long as pixels"

// Scale writes bytes as numbers from 0 to 1: divided by 255 in float32, rounded
// once. It panics unless dst is as long as pixels.
func Scale(dst []float32, pixels []byte) {
	if len(dst) != len(pixels) {
		panic(badScale)
	}
	for i, p := range pixels {
		dst[i] = shares[p]
	}
}

// shares are the quotients p/255: to look one up takes a third of dividing.
var shares = func() (q [256]float32) {
	for p := range q {
		q[p] = float32(p) / 255
	}
	return q
}()

package kernel

// The gradient to the filter is F(3×3, 4×4), the same trilinear form read
// another way: a 3×3 gradient is
//
//	dg = Gᵀ [ (A·y·Aᵀ) ⊙ (Bᵀ·d·B) ] G
//
// of a 4×4 tile of the outputs' gradients y and a 6×6 tile of inputs d. Summed
// over tiles, the ⊙ are 36 sums of outer products.

// WinogradOutputGradient computes w = A·y·Aᵀ for channels channels, where pixel
// (i, j) of y begins at dst[i·row + j·col].
func (s *Set) WinogradOutputGradient(w []float32, plane int, dst []float32, row, col, channels int) {
	if channels <= 0 {
		return
	}
	checkPlanes(len(w), plane, channels)
	checkImage(len(dst), row, col, WinogradTile, channels)
	s.transform(s.kernels.WinogradOutputGradient, winogradOutputGradientPortable, &winogradArgs{w, dst, 0, plane, row, col, channels})
}

func winogradOutputGradientPortable(a *winogradArgs) {
	for c := range a.channels {
		var x [4][6]float32
		for j := range 4 {
			for i := range 4 {
				x[j][i] = a.image[a.at+i*a.row+j*a.col+c]
			}
			winogradOutputGradientAxis(&x[j])
		}
		for i := range 6 {
			y := [6]float32{x[0][i], x[1][i], x[2][i], x[3][i]}
			winogradOutputGradientAxis(&y)
			for j := range 6 {
				a.planes[(6*i+j)*a.plane+c] = y[j]
			}
		}
	}
}

// winogradOutputGradientAxis computes A·x of the first four.
func winogradOutputGradientAxis(x *[6]float32) {
	evenA, oddA := x[0]+winoA2*x[2], winoA*x[1]+winoA*winoA2*x[3]
	evenB, oddB := x[0]+winoB2*x[2], winoB*x[1]+winoB*winoB2*x[3]
	x[5] = x[3]
	x[1], x[2] = evenA+oddA, evenA-oddA
	x[3], x[4] = evenB+oddB, evenB-oddB
}

// WinogradFilterGradient computes dg = Gᵀ·u·G for channels elements, where
// element (i, j) of dg begins at dFilter[(3·i + j)·tap], or at
// dFilter[(8 − 3·i − j)·tap] with flip. It destroys u.
func (s *Set) WinogradFilterGradient(dFilter []float32, tap int, flip bool, u []float32, plane, channels int) {
	if channels <= 0 {
		return
	}
	checkPlanes(len(u), plane, channels)
	if tap < channels || len(dFilter) < 8*tap+channels {
		panic(badTaps)
	}
	first := 0
	if flip {
		first, tap = 8*tap, -tap
	}
	s.transform(s.kernels.WinogradFilterGradient, winogradFilterGradientPortable, &winogradArgs{u, dFilter, first, plane, 3 * tap, tap, channels})
}

func winogradFilterGradientPortable(a *winogradArgs) {
	for c := range a.channels {
		var x [6][6]float32
		for j := range 6 {
			for i := range 6 {
				x[j][i] = a.planes[(6*i+j)*a.plane+c]
			}
			winogradFilterGradientAxis(&x[j])
		}
		for i := range 3 {
			y := [6]float32{x[0][i], x[1][i], x[2][i], x[3][i], x[4][i], x[5][i]}
			winogradFilterGradientAxis(&y)
			for j := range 3 {
				a.image[a.at+i*a.row+j*a.col+c] = y[j]
			}
		}
	}
}

const badTaps = "kernel: gradient of a filter too short or its elements overlapping"

// winogradFilterGradientAxis computes Gᵀ·x into the first three.
func winogradFilterGradientAxis(x *[6]float32) {
	evenA, oddA := x[1]+x[2], x[1]-x[2]
	evenB, oddB := x[3]+x[4], x[3]-x[4]
	x[0] = x[0]*(1/(winoA2*winoB2)) + evenA*(1/winoNA) + evenB*(1/winoNB)
	x[1] = oddA*(winoA/winoNA) + oddB*(winoB/winoNB)
	x[2] = x[5] + evenA*(winoA2/winoNA) + evenB*(winoB2/winoNB)
}

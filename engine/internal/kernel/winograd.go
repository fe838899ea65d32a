package kernel

// The transforms of Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray,
// 2015): a 4×4 tile of outputs is
//
//	Y = Aᵀ [ (G·g·Gᵀ) ⊙ (Bᵀ·d·B) ] A
//
// of a 3×3 filter g and a 6×6 tile of inputs d: 36 multiplications in the place
// of 144. Summed over channels, the ⊙ are 36 matrix products.
//
// The interpolation points are 0, ±3/4, ±3/2 and ∞, not the usual 0, ±1, ±2, ∞:
// Bᵀ and Aᵀ are still exact in float32, and for 256 channels of normal values
// the largest error falls to a sixth.
//
// A plane is one of the 36 elements, at [6·row + column], for all channels;
// plane is the distance in elements from one to the next.
const (
	WinogradTile   = 4  // rows and columns of outputs
	WinogradWindow = 6  // rows and columns of inputs
	WinogradPlanes = 36 // products

	// winogradTaps is the first of the nine planes that hold the filter.
	winogradTaps = WinogradPlanes - 9
)

const (
	winoA, winoB = 0.75, 1.5

	winoA2, winoB2 = winoA * winoA, winoB * winoB
	winoNA         = 2 * winoA2 * (winoA2 - winoB2)
	winoNB         = 2 * winoB2 * (winoB2 - winoA2)
)

const (
	badPlanes = "kernel: planes of a Winograd transform too short or overlapping"
	badImage  = "kernel: image of a Winograd transform too short"
)

func checkPlanes(length, plane, channels int) {
	if plane < channels || length < (WinogradPlanes-1)*plane+channels {
		panic(badPlanes)
	}
}

func checkImage(length, row, col, size, channels int) {
	if row < 0 || col < 0 || length < (size-1)*(row+col)+channels {
		panic(badImage)
	}
}

// winogradArgs is a call of a transform: pixel (i, j) of the image begins at
// image[at + i·row + j·col].
type winogradArgs struct {
	planes, image                 []float32
	at, plane, row, col, channels int
}

// transform takes whole vectors of channels by a set's kernel and the rest by the
// portable one.
func (s *Set) transform(kernel, rest func(*winogradArgs), a *winogradArgs) {
	left := a.channels & (s.Lanes - 1) // no division: there is a call for every tile
	if a.channels -= left; a.channels > 0 {
		call(kernel, a)
	}
	if left > 0 {
		a.planes, a.at, a.channels = a.planes[a.channels:], a.at+a.channels, left
		call(rest, a)
	}
}

// WinogradInput computes v = Bᵀ·d·B for channels channels, where pixel (i, j)
// of d begins at src[i·row + j·col].
func (s *Set) WinogradInput(v []float32, plane int, src []float32, row, col, channels int) {
	if channels <= 0 {
		return
	}
	checkPlanes(len(v), plane, channels)
	checkImage(len(src), row, col, WinogradWindow, channels)
	s.transform(s.kernels.WinogradInput, winogradInputPortable, &winogradArgs{v, src, 0, plane, row, col, channels})
}

func winogradInputPortable(a *winogradArgs) {
	for c := range a.channels {
		var x [6][6]float32
		for i := range 6 {
			for j := range 6 {
				x[j][i] = a.image[a.at+i*a.row+j*a.col+c]
			}
		}
		for j := range 6 {
			winogradInputAxis(&x[j])
		}
		for i := range 6 {
			y := [6]float32{x[0][i], x[1][i], x[2][i], x[3][i], x[4][i], x[5][i]}
			winogradInputAxis(&y)
			for j := range 6 {
				a.planes[(6*i+j)*a.plane+c] = y[j]
			}
		}
	}
}

// winogradInputAxis computes Bᵀ·x.
func winogradInputAxis(x *[6]float32) {
	evenA, oddA := x[4]-winoB2*x[2], x[3]-winoB2*x[1]
	evenB, oddB := x[4]-winoA2*x[2], x[3]-winoA2*x[1]
	x[0] = x[4] - (winoA2+winoB2)*x[2] + winoA2*winoB2*x[0]
	x[5] = x[5] - (winoA2+winoB2)*x[3] + winoA2*winoB2*x[1]
	x[1], x[2] = evenA+winoA*oddA, evenA-winoA*oddA
	x[3], x[4] = evenB+winoB*oddB, evenB-winoB*oddB
}

// WinogradOutput computes Y = Aᵀ·m·A for channels channels, where pixel (i, j)
// of Y begins at dst[i·row + j·col]. It destroys m.
func (s *Set) WinogradOutput(dst []float32, row, col int, m []float32, plane, channels int) {
	if channels <= 0 {
		return
	}
	checkPlanes(len(m), plane, channels)
	checkImage(len(dst), row, col, WinogradTile, channels)
	s.transform(s.kernels.WinogradOutput, winogradOutputPortable, &winogradArgs{m, dst, 0, plane, row, col, channels})
}

func winogradOutputPortable(a *winogradArgs) {
	for c := range a.channels {
		var x [6][6]float32
		for i := range 6 {
			for j := range 6 {
				x[j][i] = a.planes[(6*i+j)*a.plane+c]
			}
		}
		for j := range 6 {
			winogradOutputAxis(&x[j])
		}
		for i := range 4 {
			y := [6]float32{x[0][i], x[1][i], x[2][i], x[3][i], x[4][i], x[5][i]}
			winogradOutputAxis(&y)
			for j := range 4 {
				a.image[a.at+i*a.row+j*a.col+c] = y[j]
			}
		}
	}
}

// winogradOutputAxis computes Aᵀ·x into the first four.
func winogradOutputAxis(x *[6]float32) {
	evenA, oddA := x[1]+x[2], x[1]-x[2]
	evenB, oddB := x[3]+x[4], x[3]-x[4]
	x[0] = x[0] + evenA + evenB
	x[1] = winoA*oddA + winoB*oddB
	x[2] = winoA2*evenA + winoB2*evenB
	x[3] = x[5] + winoA*winoA2*oddA + winoB*winoB2*oddB
}

// WinogradFilter computes U = G·g·Gᵀ for channels elements, in place: of the
// planes of u the last nine hold the elements of g on entry, row by row.
func (s *Set) WinogradFilter(u []float32, plane, channels int) {
	if channels <= 0 {
		return
	}
	checkPlanes(len(u), plane, channels)
	pieces(channels, longLoop/4, func(lo, hi int) {
		s.transform(s.kernels.WinogradFilter, winogradFilterPortable, &winogradArgs{planes: u[lo:], plane: plane, channels: hi - lo})
	})
}

func winogradFilterPortable(a *winogradArgs) {
	for c := range a.channels {
		var x [3][6]float32
		for j := range 3 {
			for i := range 3 {
				x[j][i] = a.planes[(winogradTaps+3*i+j)*a.plane+c]
			}
			winogradFilterAxis(&x[j])
		}
		for i := range 6 {
			y := [6]float32{x[0][i], x[1][i], x[2][i]}
			winogradFilterAxis(&y)
			for j := range 6 {
				a.planes[(6*i+j)*a.plane+c] = y[j]
			}
		}
	}
}

// winogradFilterAxis computes G·x of the first three.
func winogradFilterAxis(x *[6]float32) {
	evenA, oddA := x[0]*(1/winoNA)+x[2]*(winoA2/winoNA), x[1]*(winoA/winoNA)
	evenB, oddB := x[0]*(1/winoNB)+x[2]*(winoB2/winoNB), x[1]*(winoB/winoNB)
	x[0], x[5] = x[0]*(1/(winoA2*winoB2)), x[2]
	x[1], x[2] = evenA+oddA, evenA-oddA
	x[3], x[4] = evenB+oddB, evenB-oddB
}

// WinogradTapPlane returns where in the planes of [Set.WinogradFilter] the filter's
// element (row, col) has its place.
func WinogradTapPlane(row, col int) int { return winogradTaps + 3*row + col }

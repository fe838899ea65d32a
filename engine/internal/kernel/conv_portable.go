package kernel

// convPortable defines what every convolution kernel computes. Full tiles of
// 4×4 keep their sums in variables, which the compiler holds in registers.
func convPortable(a *ConvArgs) {
	for r := 0; r < a.Rows; r += 4 {
		for j := 0; j < a.Cols; j += 4 {
			if r+4 <= a.Rows && j+4 <= a.Cols {
				conv4x4(a, r, j)
			} else {
				convPart(a, r, min(r+4, a.Rows), j, min(j+4, a.Cols))
			}
		}
	}
}

// convPart computes rows [r0,r1) and columns [j0,j1), at most 4 each.
func convPart(a *ConvArgs, r0, r1, j0, j1 int) {
	for r := r0; r < r1; r++ {
		var sum [4]float32
		for j := j0; j < j1; j++ {
			sum[j-j0] = a.start(r, j)
		}
		for t := range a.Taps {
			if a.SrcOffsets[t*a.TapStride+r] < 0 {
				continue
			}
			for c, x := range a.pixel(t, r) {
				f := a.Filter[(t*a.Depth+c)*a.FilterStride:]
				for j := j0; j < j1; j++ {
					sum[j-j0] += x * f[j]
				}
			}
		}
		for j := j0; j < j1; j++ {
			a.finish(r, j, sum[j-j0])
		}
	}
}

func conv4x4(a *ConvArgs, r, j int) {
	s00, s01, s02, s03 := a.start(r, j), a.start(r, j+1), a.start(r, j+2), a.start(r, j+3)
	s10, s11, s12, s13 := a.start(r+1, j), a.start(r+1, j+1), a.start(r+1, j+2), a.start(r+1, j+3)
	s20, s21, s22, s23 := a.start(r+2, j), a.start(r+2, j+1), a.start(r+2, j+2), a.start(r+2, j+3)
	s30, s31, s32, s33 := a.start(r+3, j), a.start(r+3, j+1), a.start(r+3, j+2), a.start(r+3, j+3)
	for t := range a.Taps {
		if o := a.SrcOffsets[t*a.TapStride+r:][:4]; o[0]&o[1]&o[2]&o[3] < 0 {
			continue
		}
		x0 := a.pixel(t, r)
		x1 := a.pixel(t, r+1)[:len(x0)]
		x2 := a.pixel(t, r+2)[:len(x0)]
		x3 := a.pixel(t, r+3)[:len(x0)]
		f := a.Filter[t*a.Depth*a.FilterStride+j:]
		for c := range x0 {
			b := f[c*a.FilterStride:][:4]
			b0, b1, b2, b3 := b[0], b[1], b[2], b[3]
			x := x0[c]
			s00 += x * b0
			s01 += x * b1
			s02 += x * b2
			s03 += x * b3
			x = x1[c]
			s10 += x * b0
			s11 += x * b1
			s12 += x * b2
			s13 += x * b3
			x = x2[c]
			s20 += x * b0
			s21 += x * b1
			s22 += x * b2
			s23 += x * b3
			x = x3[c]
			s30 += x * b0
			s31 += x * b1
			s32 += x * b2
			s33 += x * b3
		}
	}
	for i, row := range [4][4]float32{
		{s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}, {s30, s31, s32, s33},
	} {
		for k, sum := range row {
			a.finish(r+i, j+k, sum)
		}
	}
}

// start is what the sum of an element begins with.
func (a *ConvArgs) start(r, j int) float32 {
	switch {
	case a.Accumulate:
		return a.Dst[int(a.DstOffsets[r])+j]
	case a.Bias != nil:
		return a.Bias[j]
	}
	return 0
}

// pixel is the Depth elements that row r reads at tap t.
func (a *ConvArgs) pixel(t, r int) []float32 {
	offset := int(a.SrcOffsets[t*a.TapStride+r])
	if offset < 0 {
		return a.Zero[:a.Depth]
	}
	return a.Src[offset:][:a.Depth]
}

// finish applies the activation and stores an element.
func (a *ConvArgs) finish(r, j int, x float32) {
	if a.ReLU && x < 0 {
		x = 0
	}
	a.Dst[int(a.DstOffsets[r])+j] = x
}

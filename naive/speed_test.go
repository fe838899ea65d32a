package naive

import (
	"slices"
	"testing"
)

// BenchmarkSlide times each pass beside the same written out, whose time it should
// be: it took twice that, and under some callers four times, when each question
// to a Slide copied it to the stack.
//
//	go test ./naive -run '^$' -bench Slide
func BenchmarkSlide(b *testing.B) {
	for _, pass := range slidePasses() {
		b.Run(pass.name+"/asks", func(b *testing.B) {
			for b.Loop() {
				pass.asks()
			}
		})
		b.Run(pass.name+"/written", func(b *testing.B) {
			for b.Loop() {
				pass.written()
			}
		})
	}
}

func TestWrittenOutIsTheSame(t *testing.T) {
	for _, pass := range slidePasses() {
		if a, b := pass.asks(), pass.written(); !slices.EqualFunc(a, b, slices.Equal) {
			t.Errorf("%s is not the same written out: %v, %v", pass.name, a, b)
		}
	}
}

type slidePass struct {
	name          string
	asks, written func() Map
}

func slidePasses() []slidePass {
	s := Slide{KH: 3, KW: 3, Stride: 1, CenterRow: 1, CenterCol: 1}
	x, kernel, dy := NewMap(28, 28), NewMap(3, 3), NewMap(28, 28)
	x[3][4], kernel[1][2], dy[5][6] = 1, 2, 3
	return []slidePass{
		{"Convolve", func() Map { return s.Convolve(x, kernel) }, func() Map { return written(s, x, kernel, 28) }},
		{"KernelGradient", func() Map { return s.KernelGradient(x, dy) }, func() Map { return written(s, x, dy, 3) }},
		{"InputGradient", func() Map { return s.InputGradient(dy, kernel, 28, 28) }, func() Map { return writtenInputGradient(s, dy, kernel, 28) }},
	}
}

// written is Convolve, and with y in the kernel's place KernelGradient, for
// outputs of size×size: out[i][j] is the sum of x[i+k−1][j+l−1]·w[k][l].
func written(s Slide, x, w Map, size int) Map {
	out := NewMap(size, size)
	center, stride, flip, rows, cols := s.CenterRow, s.Stride, s.Convolution, w.Rows(), w.Cols()
	for i := range size {
		for j := range size {
			sum := 0.0
			for k := range rows {
				for l := range cols {
					h, v := i*stride+k-center, j*stride+l-center
					if flip {
						h, v = i*stride-k+center, j*stride-l+center
					}
					if 0 <= h && h < x.Rows() && 0 <= v && v < x.Cols() {
						sum += x[h][v] * w[k][l]
					}
				}
			}
			out[i][j] = sum
		}
	}
	return out
}

func writtenInputGradient(s Slide, dy, w Map, size int) Map {
	out := NewMap(size, size)
	center, stride, flip := s.CenterRow, s.Stride, s.Convolution
	for i := range size {
		for j := range size {
			sum := 0.0
			for oh := range dy.Rows() {
				for ow := range dy.Cols() {
					k, l := center+i-oh*stride, center+j-ow*stride
					if flip {
						k, l = center-i+oh*stride, center-j+ow*stride
					}
					if 0 <= k && k < w.Rows() && 0 <= l && l < w.Cols() {
						sum += dy[oh][ow] * w[k][l]
					}
				}
			}
			out[i][j] = sum
		}
	}
	return out
}

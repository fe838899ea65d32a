package slide

import (
	"fmt"

	"github.com/unslide/unslide/naive"
)

// SameCentre returns the kernel element that TensorFlow's SAME lays on the
// first input element, the article's moving centre:
//
//	pad = max((⌈h/s⌉ − 1)·s + k − h, 0)    centre = ⌊pad/2⌋
//
// for h input rows, a kernel of k rows and stride s. The outputs are ⌈h/s⌉; the
// article's rule with this centre may have more, which TensorFlow leaves out.
func SameCentre(h, k, s int) (centre, outputs int) {
	outputs = (h + s - 1) / s
	return max((outputs-1)*s+k-h, 0) / 2, outputs
}

// MovingCentre shows the moving centre: for each stride from 1 to strides a table of
// SAME's centre over kernel sizes 1 to kernels and input sizes lo to hi, and a
// table of the outputs.
func MovingCentre(kernels, strides, lo, hi int) (Scene, error) {
	if kernels < 1 || kernels > maxSide || strides < 1 || strides > maxSide || lo < 1 || hi < lo || hi-lo >= maxSide {
		return Scene{}, fmt.Errorf("slide: kernels to %d, strides to %d, inputs %d to %d: want 1 to %d each and at most %d inputs", kernels, strides, lo, hi, maxSide, maxSide)
	}
	scene := Scene{Means: Meanings{Result: "not the middle", Covered: "fewer outputs than the article's rule"}, Title: "the moving centre: which kernel element TensorFlow's SAME lays on the first input element"}
	for s := 1; s <= strides; s++ {
		centres, outputs := naive.NewMap(kernels+1, hi-lo+2), naive.NewMap(kernels+1, hi-lo+2)
		words, counts := make([][]string, kernels+1), make([][]string, kernels+1)
		moved := map[naive.Position]Mark{}
		more := map[naive.Position]Mark{}
		for k := range kernels + 1 {
			words[k], counts[k] = make([]string, hi-lo+2), make([]string, hi-lo+2)
			for j := range hi - lo + 2 {
				h := lo + j - 1
				switch {
				case k == 0 && j == 0:
					words[k][j], counts[k][j] = "k\\H", "k\\H"
				case k == 0:
					words[k][j], counts[k][j] = number(float64(h)), number(float64(h))
				case j == 0:
					words[k][j], counts[k][j] = number(float64(k)), number(float64(k))
				default:
					c, n := SameCentre(h, k, s)
					centres[k][j], outputs[k][j] = float64(c), float64(n)
					words[k][j], counts[k][j] = number(float64(c)), number(float64(n))
					at := naive.Position{Row: k, Col: j}
					if c != (k-1)/2 {
						moved[at] = Result
					}
					slide := naive.Slide{KH: k, KW: k, Stride: s, CenterRow: c, CenterCol: c}
					if article, _ := slide.OutputSize(h, h); article != n {
						more[at] = Covered
						counts[k][j] = fmt.Sprintf("%d<%d", n, article)
					}
				}
			}
		}
		scene.Frames = append(scene.Frames, Frame{
			Caption: fmt.Sprintf("stride %d: the centre is half of the padding, rounded down", s),
			Rows: [][]Grid{
				{{Title: "centre, for kernels of k and inputs of H", Values: centres, Words: words, Marks: moved, Small: true}},
				{{Title: "outputs; n<m: the article's rule has m, TensorFlow leaves out the last", Values: outputs, Words: counts, Marks: more, Small: true}},
			},
			Lines: []string{
				fmt.Sprintf("outputs = H/%d rounded up; padding = (outputs − 1)·%d + k − H, at least 0", s, s),
				"Marked centres are not the middle (k−1)/2: with the stride and the input's size the centre moves.",
			},
		})
	}
	return scene, nil
}

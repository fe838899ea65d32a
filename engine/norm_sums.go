package engine

import (
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/kernel"
)

// normSums adds up what normalisations need of pixels of so many channels: every
// normRows pixels by themselves, those sums in float64.
type normSums[T Float] struct {
	ops *kernel.Vector[T]
	c   int
}

const (
	// normRows is how many pixels are summed in T.
	normRows = 64
	// normPart is how many elements a part has about.
	normPart = 1 << 15
	// mostNormParts bounds the partial sums, whatever the batch.
	mostNormParts = 32
)

// normParts returns into how many parts the sums of pixels are cut.
func normParts(pixels, channels int) int {
	return max(1, min(mostNormParts, pixels*channels/normPart, cut.Ceil(pixels, normRows)))
}

type normStage uint8

const (
	normMeans     normStage = iota // Σ x
	normSquares                    // Σ (x − mean)²
	normGradients                  // Σ d, Σ d·(x − mean)
)

// add adds a stage's sums to the first C elements of total, or to 2·C. few has room
// for 2·C; d is for gradients, mean for all but means.
func (s normSums[T]) add(stage normStage, total []float64, few, d, x, mean []T) {
	for step := normRows * s.c; len(x) > 0; {
		n := min(step, len(x))
		first, second := few[:s.c], few[s.c:2*s.c]
		switch stage {
		case normMeans:
			s.ops.ColumnSums(first, x[:n], s.c, n/s.c)
		case normSquares:
			clear(first)
			s.ops.AddSquares(first, x[:n], mean)
		case normGradients:
			s.ops.ColumnSums(first, d[:n], s.c, n/s.c)
			clear(second)
			s.ops.AddProducts(second, d[:n], x[:n], mean)
			for j, v := range second {
				total[s.c+j] += float64(v)
			}
			d = d[n:]
		}
		for j, v := range first {
			total[j] += float64(v)
		}
		x = x[n:]
	}
}

// at returns element j, or what stands for it where there is none.
func at[T Float](x []T, j int, none float64) float64 {
	if x == nil {
		return none
	}
	return float64(x[j])
}

package data

import (
	"math/bits"
	"slices"

	"github.com/unslide/unslide/engine/internal/random"
)

const badSplit = "data: Set: to hold back less than 0 images, or more than there are"

// Split parts the set: n images, drawn by a seed, are held back, the others are
// for training. Both keep the set's order, and its memory: to part it takes four
// bytes an image. It panics unless n is 0 to Len.
//
// The rule: SplitMix64 from the seed draws a Fisher-Yates permutation from its
// end; the images in its last n places are held back.
func (s *Set) Split(n int, seed uint64) (train, held *Set) {
	all := s.Len()
	if n < 0 || n > all {
		panic(badSplit)
	}
	order := make([]int32, all)
	for i := range order {
		order[i] = int32(s.place(i))
	}
	g := random.SplitMix64(seed)
	for i := all - 1; i >= all-n && i > 0; i-- {
		j, _ := bits.Mul64(g.Next(), uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
	rest, last := order[:all-n:all-n], order[all-n:]
	slices.Sort(rest)
	slices.Sort(last)
	return &Set{s.shape, s.classes, s.pixels, s.labels, rest}, &Set{s.shape, s.classes, s.pixels, s.labels, last}
}

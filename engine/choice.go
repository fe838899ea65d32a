package engine

import (
	"fmt"
	"strings"
)

// Choice says how a plan computes one pass. By all algorithms but [Winograd] every
// element is the sum of its products, so that sums of integers are exact as long as
// the precision holds them. Forward and ForwardPacked have the
// same bits where they have the same algorithm.
type Choice struct {
	Pass Pass
	// Algorithm is never Auto. A gradient to the data with a stride is computed in
	// phases, each of them a convolution of its own: it is Winograd if any of them
	// is.
	Algorithm Algorithm
	// Few is the algorithm of calls of fewer than From images. From is 0 where
	// all calls are computed alike.
	Few  Algorithm
	From int
	How  string // the kernel and the blocks; of phases, those of the first by each algorithm
	Why  string // a phrase
}

// For returns the algorithm of calls of n images.
func (c Choice) For(n int) Algorithm {
	if n < c.From {
		return c.Few
	}
	return c.Algorithm
}

func (c Choice) String() string { return fmt.Sprintf("%v: %s (%s)", c.Pass, c.How, c.Why) }

// ofPhases returns the choice of a pass whose phases are computed as the given
// ones say. What rounds elsewhere in one of them does so in the pass.
func ofPhases(phases []Choice) Choice {
	whole := phases[0]
	count := map[Algorithm]int{}
	var hows []Choice // the first by each algorithm
	for _, c := range phases {
		if count[c.Algorithm]++; count[c.Algorithm] == 1 {
			hows = append(hows, c)
		}
		switch {
		case rowOf(c.Algorithm).fast && !rowOf(whole.Algorithm).fast:
			whole = c
		case rowOf(c.Algorithm).fast:
			whole.From = min(whole.From, c.From)
		}
	}
	switch n := len(phases); {
	case len(hows) > 1:
		var parts []string
		for _, c := range hows {
			parts = append(parts, fmt.Sprintf("%s in %d of %d phases", c.How, count[c.Algorithm], n))
		}
		whole.How = strings.Join(parts, ", ")
	case n > 1:
		whole.How += fmt.Sprintf(" in %d phases", n)
	}
	return whole
}

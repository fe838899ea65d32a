package cut

// What moving an element costs beside one multiply-add of a BLAS at its peak,
// measured with OpenBLAS's AVX-512 kernels: copying an element of a factor to
// the order of the kernels, lowering it, and writing, reading and adding a
// partial sum. They decide into how many parts work is cut.
const (
	PackCost    = 10
	LowerCost   = 6
	PartialCost = 30
)

const (
	// MinPartFLOP is some microseconds of work: what waking a worker costs.
	MinPartFLOP = 250e3
	// maxCost is how much more work, in parts of the product's own, the cut
	// of a product may make for the sake of more workers.
	maxCost = 0.1
	// EnoughParts is how many parts are worth that.
	EnoughParts = 16
)

// A Cut is the number of parts along each of a product's dimensions.
type Cut struct{ Rows, Cols, Shards int }

// Parts returns how many parts there are.
func (c Cut) Parts() int { return c.Rows * c.Cols * c.Shards }

// Best returns the cut with the most parts, [EnoughParts] at most, that costs
// no more than a tenth above the first candidate's cost; of equal ones the
// cheapest. The candidates' parts are multiplied by factor.
func Best(factor int, flop float64, limit Cut, cost func(Cut) float64) Cut {
	best := Cut{1, 1, 1}
	if flop < 2*MinPartFLOP {
		return best
	}
	base := cost(best)
	lowest := base
	for rows := 1; rows <= limit.Rows; rows *= 2 {
		for cols := 1; cols <= limit.Cols; cols *= 2 {
			for shards := 1; shards <= limit.Shards; shards *= 2 {
				c := Cut{rows, cols, shards}
				parts := c.Parts() * factor
				if parts > EnoughParts || flop/float64(parts) < MinPartFLOP {
					break
				}
				x := cost(c)
				if x-base <= maxCost && (c.Parts() > best.Parts() || c.Parts() == best.Parts() && x < lowest) {
					best, lowest = c, x
				}
			}
		}
	}
	return best
}

// Range returns the rows [r0, r1) of one part.
func Range(part, parts, rows int) (r0, r1 int) {
	return Units(part, parts, rows, unit(Ceil(rows, parts)))
}

// unit is what the bounds of parts of the given size are rounded to.
func unit(per int) int {
	if per > 256 {
		return 16
	}
	return 1
}

// Units cuts [0, n) into parts whose bounds are multiples of unit.
func Units(part, parts, n, unit int) (lo, hi int) {
	per := Ceil(Ceil(n, parts), unit) * unit
	return min(part*per, n), min((part+1)*per, n)
}

// Evenly returns into parts of which sizes n can be cut, multiples of unit or
// n itself, of about the same size each.
func Evenly(n, unit int) []int {
	var sizes []int
	for parts := 1; parts <= Ceil(n, unit); parts++ {
		if size := min(n, Ceil(Ceil(n, parts), unit)*unit); parts == 1 || size < sizes[len(sizes)-1] {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// Ceil returns ⌈a/b⌉ for a ≥ 0, b > 0.
func Ceil(a, b int) int { return (a + b - 1) / b }

// Floor returns ⌊a/b⌋ for b > 0.
func Floor(a, b int) int {
	if a < 0 {
		return -Ceil(-a, b)
	}
	return a / b
}

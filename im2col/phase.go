package im2col

// A Phase is the inputs of an axis whose position leaves the same remainder modulo
// the stride. They see the same kernel elements, and the gradient to them is a
// convolution of stride 1 of the outputs' gradient with these, turned:
//
//	dSrc[First + i·stride] = Σ_j kernel[Element + j·Step] · dDst[i + (Kernel−1−j)·Dilation − Pad]
type Phase struct {
	First, Size int // inputs First, First+stride, …: Size of them
	// The kernel elements that they see, counted along the window: Kernel of them,
	// from Element on every Step-th.
	Element, Step, Kernel int
	Dilation, Pad         int // of the convolution of the outputs' gradient
}

// Phases solves ih = oh·s − p + u·d for the inputs ih = phase + i·s of every
// phase: the kernel elements u with u·d ≡ phase + p (mod s) are
// u₀ + j·s/gcd(s,d), and element j reads
// oh = i + (phase + p − u₀·d)/s − j·d/gcd(s,d). Elements that no input of the
// phase meets at one of the outputs are left out, and phases that see none.
func (a Axis) Phases() []Phase {
	s, d, k := a.Stride, a.Dilation, a.Kernel
	div := gcd(s, d)
	step := s / div
	inverse := inverseMod(d/div, step)
	var phases []Phase
	for phase := range min(s, a.Size) {
		at := phase + a.Pad
		if at%div != 0 {
			continue
		}
		first := int(int64((at/div%step+step)%step) * int64(inverse) % int64(step))
		if first >= k {
			continue
		}
		p := Phase{First: phase, Size: (a.Size-1-phase)/s + 1, Element: first, Step: step, Dilation: d / div}
		// i + read − j·dilation is in [0, outputs) for some i < size.
		read := (at - first*d) / s
		lo := max(0, -floorDiv(a.Outputs-1-read, p.Dilation))
		hi := min((k-1-first)/step, floorDiv(read+p.Size-1, p.Dilation)) + 1
		if lo >= hi {
			continue
		}
		p.Element += lo * step
		p.Kernel = hi - lo
		p.Pad = (hi-1)*p.Dilation - read
		phases = append(phases, p)
	}
	return phases
}

// Period returns how many kernel elements lie from one to the next that meets
// inputs of the same phase.
func (a Axis) Period() int { return a.Stride / gcd(a.Stride, a.Dilation) }

// Meeting returns what the phase's i-th input meets: n kernel elements, from
// element on one Step after the other, and as many of the outputs, from output on
// one Dilation before the other.
func (p Phase) Meeting(i, outputs int) (element, output, n int) {
	last := i + (p.Kernel-1)*p.Dilation - p.Pad // the output that the first element reads
	j0 := max(0, -floorDiv(outputs-1-last, p.Dilation))
	j1 := min(p.Kernel, floorDiv(last, p.Dilation)+1)
	return p.Element + j0*p.Step, last - j0*p.Dilation, max(0, j1-j0)
}

// floorDiv returns ⌊a/b⌋ for b > 0.
func floorDiv(a, b int) int {
	if a < 0 {
		return -((b - 1 - a) / b)
	}
	return a / b
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// inverseMod returns the x in [0, m) with a·x ≡ 1 (mod m), for a and m without
// a common divisor; 0 for m = 1. It is Euclid's algorithm, which keeps
// r ≡ a·x and old ≡ a·oldX.
func inverseMod(a, m int) int {
	old, r := m, a%m
	oldX, x := 0, 1
	for r != 0 {
		q := old / r
		old, r = r, old-q*r
		oldX, x = x, oldX-q*x
	}
	return (oldX%m + m) % m
}

package data

import (
	"slices"
	"testing"
)

// numbered is a set of n images of one value, their numbers.
func numbered(t *testing.T, n int) *Set {
	t.Helper()
	pixels, labels := make([]byte, n), make([]int32, n)
	for i := range n {
		pixels[i], labels[i] = byte(i), int32(i%3)
	}
	s, err := NewSet(Shape{1, 1, 1}, 3, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func numbers(t *testing.T, s *Set) (list []int) {
	t.Helper()
	for i := range s.Len() {
		n := int(s.Image(i)[0])
		if s.Label(i) != int32(n%3) {
			t.Errorf("image %d has the label %d", n, s.Label(i))
		}
		list = append(list, n)
	}
	return list
}

// TestSplit: each image is in one part, in the set's order; another seed draws
// others, the same seed the same.
func TestSplit(t *testing.T) {
	s := numbered(t, 100)
	train, held := s.Split(20, 1)
	a, b := numbers(t, train), numbers(t, held)
	if len(a) != 80 || len(b) != 20 || !slices.IsSorted(a) || !slices.IsSorted(b) {
		t.Errorf("%v and %v: want 80 and 20 in order", a, b)
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	if !slices.Equal(all, numbers(t, s)) {
		t.Errorf("%v and %v: want each image once", a, b)
	}
	_, again := s.Split(20, 1)
	_, other := s.Split(20, 2)
	if !slices.Equal(numbers(t, again), b) || slices.Equal(numbers(t, other), b) {
		t.Errorf("seed 1 holds back %v, then %v, seed 2 %v", b, numbers(t, again), numbers(t, other))
	}
	// A part is a set: of it parts and slices are taken.
	part := train.Slice(10, 15)
	if !slices.Equal(numbers(t, part), a[10:15]) {
		t.Errorf("a part's slice is %v, want %v", numbers(t, part), a[10:15])
	}
	rest, few := train.Split(3, 5)
	if rest.Len() != 77 || few.Len() != 3 || !slices.Contains(a, numbers(t, few)[0]) {
		t.Errorf("a part's parts are %v and %v", numbers(t, rest), numbers(t, few))
	}
	for _, n := range []int{0, 100} {
		if train, held := s.Split(n, 3); train.Len() != 100-n || held.Len() != n {
			t.Errorf("%d held back: %d and %d images", n, train.Len(), held.Len())
		}
	}
	for _, n := range []int{-1, 101} {
		func() {
			defer func() {
				if r := recover(); r != badSplit {
					t.Errorf("%d held back: panic %v, want %q", n, r, badSplit)
				}
			}()
			s.Split(n, 1)
		}()
	}
}

// TestSplitIsEven: every image is as likely as another to be held back.
func TestSplitIsEven(t *testing.T) {
	const seeds = 4000
	var times [10]float64
	s := numbered(t, len(times))
	for seed := range uint64(seeds) {
		_, held := s.Split(3, seed)
		for _, n := range numbers(t, held) {
			times[n]++
		}
	}
	for n, k := range times {
		// Binomial, of σ = √(4000·0.3·0.7) = 29: five of them.
		if d := k - 0.3*seeds; !(d <= 145 && d >= -145) {
			t.Errorf("image %d is held back %v times of %d: want about 1200", n, k, seeds)
		}
	}
}

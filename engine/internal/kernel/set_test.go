package kernel

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// missing lists the fields of a struct that are nothing.
func missing(of any) (names []string) {
	v := reflect.ValueOf(of).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return names
}

func checkComplete(t *testing.T, s *Set) {
	t.Helper()
	for _, part := range []any{&s.kernels, &s.vector32, &s.vector64} {
		if names := missing(part); len(names) > 0 {
			t.Errorf("%v lacks %v of %T", s, names, part)
		}
	}
	if s.Lanes < 1 || s.Lanes&(s.Lanes-1) != 0 || len(s.Sizes) == 0 || s.DoubleSize.NR == 0 || !slices.IsSortedFunc(s.Sizes, func(a, b Size) int { return a.NR - b.NR }) {
		t.Errorf("%v: %d lanes, tiles of %v", s, s.Lanes, s.Sizes)
	}
}

// Every set has every kernel. What an assembled one has of the portable set is
// the float64 loops that do not wait for memory, and little else.
func TestSetsAreComplete(t *testing.T) {
	seen := map[ISA]bool{}
	for i, s := range Sets() {
		checkComplete(t, s)
		if seen[s.ISA] || Find(s.ISA) != s || i > 0 && s.rank <= Sets()[i-1].rank {
			t.Errorf("set %d, %v: listed twice, not found, or out of order", i, s)
		}
		seen[s.ISA] = true
		t.Logf("%v: %v, %d lanes; of the portable set: %s", s, s.Tiles(), s.Lanes, strings.Join(s.Borrowed, ", "))
	}
	loops := reflect.TypeFor[Vector[float64]]().NumField()
	want := map[ISA]struct {
		names string
		loops int // for float64
	}{
		"portable": {},
		"avx2":     {"Interleave", loops - 3},
		"avx512":   {"", loops - 3},
	}
	for _, s := range Sets() {
		var own []string
		for _, name := range s.Borrowed {
			if !strings.HasPrefix(name, "float64 ") {
				own = append(own, name)
			}
		}
		names, double := strings.Join(own, " "), len(s.Borrowed)-len(own)
		if w, ok := want[s.ISA]; !ok || names != w.names || double != w.loops {
			t.Errorf("%v has {%q, %d} of the portable set: want %+v or, if that is meant, another row here", s, names, double, w)
		}
	}
	if !seen[Portable] || Best() != Sets()[len(Sets())-1] || Find("abacus") != nil {
		t.Error("the portable set is not listed, or the best is not the last")
	}
}

// A set that has nothing of its own is the portable one.
func TestEmptySetIsPortable(t *testing.T) {
	s := &Set{ISA: "empty", Lanes: 8, available: func() bool { return true }}
	s.complete()
	checkComplete(t, s)
	r := rand.New(rand.NewPCG(13, 14))
	for _, tile := range s.Tiles() {
		for rows := 1; rows <= 6; rows++ {
			for cols := 1; cols <= tile.NR; cols++ {
				checkOuter(t, r, panelTile[float32]{tile.String(), s, tile.MR, tile.NR, tile.Outer, tile.PackRows, tile.PackColumns}, rows, cols, r.IntN(23))
			}
		}
	}
	for _, channels := range []int{1, 7, 8, 9, 16, 21} {
		testWinogradInput(t, r, s, channels+3, 6*channels, channels, channels)
		testWinogradOutput(t, r, s, channels+3, 6*channels, channels, channels)
		testWinogradFilter(t, r, s, channels+3, channels)
	}
}

// A call through a set leaves what it is given on the caller's stack.
func TestCallsAllocateNothing(t *testing.T) {
	for _, s := range Sets() {
		tile := s.Tiles()[0]
		if allocs := testing.AllocsPerRun(10, func() {
			var x [256]float32
			offsets := [4]int32{0, 1, 2, 3}
			tile.Conv(&ConvArgs{
				Dst: x[:64], Src: x[64:], Filter: x[:64], Zero: x[:1], SrcOffsets: offsets[:], DstOffsets: offsets[:],
				Rows: 1, Cols: 1, Taps: 1, Depth: 1, FilterStride: tile.NR,
			})
			runs := [1]Run{{Count: 1}}
			tile.Outer(&OuterArgs[float32]{Dst: x[:64], A: x[64:], B: x[64:], Runs: runs[:], Rows: 1, Cols: 1, AStep: 1, BStep: 1, DstStride: 1, Alpha: 1})
			spans := [1]Span{{Count: 3}}
			s.AddSpans(x[:64], 3, x[64:], 3, 2, spans[:])
			s.Interleave(x[:64], 6, x[64:], 3, 3, 2, 3, 1)
		}); !raceEnabled && allocs != 0 {
			t.Errorf("%v: %v allocations", s, allocs)
		}
	}
}

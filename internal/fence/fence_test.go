//go:build unix

package fence

import (
	"strings"
	"testing"
	"unsafe"
)

// One element too far, on either side, is found and said.
func TestOneElementTooFar(t *testing.T) {
	const n = 1500 // more than a page of float64
	m := Memory{free: map[int][][]byte{}}
	at := func(x []float64, i int) *float64 {
		return (*float64)(unsafe.Add(unsafe.Pointer(&x[0]), 8*i))
	}
	for _, c := range []struct {
		name string
		side side
		call func(x []float64)
		want string
	}{
		{"reads the last", end, func(x []float64) { _ = *at(x, n-1) }, ""},
		{"reads the first", beginning, func(x []float64) { _ = *at(x, 0) }, ""},
		{"reads behind", end, func(x []float64) { x[0] = *at(x, n) }, "0 bytes behind the end of slice 1"},
		{"writes behind", end, func(x []float64) { *at(x, n+2) = 1 }, "16 bytes behind the end of slice 1"},
		{"reads before", beginning, func(x []float64) { x[0] = *at(x, -1) }, "8 bytes before slice 1"},
		{"writes before", beginning, func(x []float64) { *at(x, -1) = 1 }, "8 bytes before slice 1"},
	} {
		m.side = c.side
		_, err := run(&m, func(m *Memory) []float64 {
			Place(m, []int32{1, 2, 3})
			c.call(Place(m, make([]float64, n)))
			return nil
		})
		m.release()
		switch {
		case err == nil && c.want != "":
			t.Errorf("%s: nothing found", c.name)
		case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

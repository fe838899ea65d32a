//go:build unix

package fence

import (
	"fmt"
	"math"
	"runtime/debug"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Memory is where the slices of one call lie.
type Memory struct {
	side side
	free map[int][][]byte // by pages
	used [][]byte
}

// side is which end of a slice touches a protected page.
type side uint8

const (
	ordinary side = iota // neither
	end
	beginning
	numSides
)

func (s side) String() string {
	return [numSides]string{"in ordinary memory", "ending at a protected page", "beginning after a protected page"}[s]
}

// Place returns a copy of x in m. Until the next call begins it is the only one
// in its pages.
func Place[T any](m *Memory, x []T) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if m.side == ordinary || len(x) == 0 {
		return append(make([]T, 0, len(x)), x...)
	}
	page := unix.Getpagesize()
	pages := (len(x)*size + page - 1) / page
	region := m.region(pages, page)
	for i := range region {
		region[i] = 0xff // NaN, or −1
	}
	if m.side == end {
		region = region[len(region)-len(x)*size:]
	}
	y := unsafe.Slice((*T)(unsafe.Pointer(&region[0])), len(x))
	copy(y, x)
	return y
}

// region returns pages of memory between two protected ones.
func (m *Memory) region(pages, page int) []byte {
	var r []byte
	if free := m.free[pages]; len(free) > 0 {
		r, m.free[pages] = free[len(free)-1], free[:len(free)-1]
	} else {
		all, err := unix.Mmap(-1, 0, (pages+2)*page, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			panic(err)
		}
		r = all[page : page+pages*page : page+pages*page]
		if err := unix.Mprotect(r, unix.PROT_READ|unix.PROT_WRITE); err != nil {
			panic(err)
		}
	}
	m.used = append(m.used, r)
	return r
}

// release takes all slices back.
func (m *Memory) release() {
	page := unix.Getpagesize()
	for _, r := range m.used {
		m.free[len(r)/page] = append(m.free[len(r)/page], r)
	}
	m.used = m.used[:0]
}

// Fence is the memory of many calls.
type Fence struct {
	m     Memory
	calls int
}

// New returns memory for the calls of a test, which fails if there are none.
func New(t testing.TB) *Fence {
	f := &Fence{m: Memory{free: map[int][][]byte{}}}
	t.Cleanup(func() {
		if f.calls == 0 && !t.Failed() {
			t.Error("no call ran between protected pages")
		}
		f.m.release()
		page := unix.Getpagesize()
		for _, free := range f.m.free {
			for _, r := range free {
				start := unsafe.Add(unsafe.Pointer(&r[0]), -page)
				if err := unix.MunmapPtr(start, uintptr(len(r)+2*page)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return f
}

// Check lets a call run in ordinary memory, with every slice that it places
// ending at a protected page, and with every one beginning after one, and fails
// the test unless the results are the same bits. The call runs on the calling
// goroutine and places the same slices each time.
func Check[T float32 | float64](t testing.TB, f *Fence, what string, call func(m *Memory) []T) {
	t.Helper()
	var want []T
	for s := range numSides {
		f.m.side = s
		got, err := run(&f.m, call)
		f.m.release()
		if err != nil {
			t.Fatalf("%s, %v: %v", what, s, err)
		}
		if s == ordinary {
			want = got
		}
		for i, x := range got {
			if math.Float64bits(float64(x)) != math.Float64bits(float64(want[i])) {
				t.Fatalf("%s, %v: element %d is %v, otherwise %v", what, s, i, x, want[i])
			}
		}
	}
	f.calls++
}

// run returns a copy of a call's results, or says where it touched a protected
// page.
func run[T any](m *Memory, call func(m *Memory) []T) (got []T, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		x := recover()
		fault, ok := x.(interface {
			error
			Addr() uintptr
		})
		switch {
		case x == nil:
		case ok:
			err = m.fault(fault.Addr())
		default:
			panic(x)
		}
	}()
	return append([]T(nil), call(m)...), nil
}

// fault names the slice beside which an address lies, counted in the order of
// placing from 0 on.
func (m *Memory) fault(addr uintptr) error {
	page := uintptr(unix.Getpagesize())
	for i, r := range m.used {
		first := uintptr(unsafe.Pointer(&r[0]))
		behind := first + uintptr(len(r))
		switch {
		case addr >= first-page && addr < first:
			return fmt.Errorf("touched what lies %d bytes before slice %d\n%s", first-addr, i, debug.Stack())
		case addr >= behind && addr < behind+page:
			return fmt.Errorf("touched what lies %d bytes behind the end of slice %d\n%s", addr-behind, i, debug.Stack())
		}
	}
	return fmt.Errorf("touched %#x, far from any slice\n%s", addr, debug.Stack())
}

package gemm

import "testing"

type named struct {
	Gonum
	name string
}

func (n named) Info() Info { return Info{Name: n.name} }

func TestRegister(t *testing.T) {
	before := Backends()
	t.Cleanup(func() { registry.backends = before })
	one, two := named{name: "one"}, named{name: "two"}
	Register(one)
	Register(two)
	after := Backends()
	if len(after) != len(before)+2 || after[0] != two || after[1] != one || after[2] != before[0] {
		t.Errorf("after one and two: %v", after)
	}
	if Default() != two {
		t.Errorf("the default is %v", Default())
	}
	if b, err := ByName("one"); b != one || err != nil {
		t.Errorf("ByName finds %v, %v", b, err)
	}
	defer func() {
		if got := recover(); got != taken {
			t.Errorf("a second backend of that name: panic %v", got)
		}
		if got := len(Backends()); got != len(after) {
			t.Errorf("it is registered all the same: %d backends", got)
		}
	}()
	Register(named{name: "one"})
}

package needs

import (
	"fmt"
	"testing"
)

// recorder notes how a test would end.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.ended = "fails: " + fmt.Sprintf(format, args...)
	panic(r)
}

func (r *recorder) Skipf(format string, args ...any) {
	r.ended = "left out: " + fmt.Sprintf(format, args...)
	panic(r)
}

func TestSkipf(t *testing.T) {
	for ci, want := range map[string]string{"": "left out: no tool", "false": "left out: no tool", "true": "fails: no tool"} {
		t.Setenv("CI", ci)
		r := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			Skipf(r, "no %s", "tool")
		}()
		if r.ended != want {
			t.Errorf("CI=%q: %q, want %q", ci, r.ended, want)
		}
	}
}

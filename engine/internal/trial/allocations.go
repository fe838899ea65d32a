package trial

import "testing"

// Allocations returns how many allocations a call of f makes once all that lasts
// is there: the fewest of some rounds of calls. Workers make room for themselves
// when they first meet, and where there are few processors that may take many
// calls.
func Allocations(calls int, f func()) float64 {
	const rounds = 20
	fewest := testing.AllocsPerRun(calls, f)
	for i := 1; i < rounds && fewest > 0; i++ {
		fewest = min(fewest, testing.AllocsPerRun(calls, f))
	}
	return fewest
}

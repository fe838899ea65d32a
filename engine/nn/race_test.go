//go:build race

package nn

// raceEnabled tells the long tests that the race detector slows them down.
const raceEnabled = true

//go:build unix

package measure

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// peakMemory is the largest resident set of this process so far, in bytes, 0
// where the system does not tell.
func peakMemory() int64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) * 1024
}

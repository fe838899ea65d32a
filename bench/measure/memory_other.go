//go:build !unix

package measure

func peakMemory() int64 { return 0 }

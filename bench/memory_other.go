//go:build !unix

package bench

func peakMemory() int64 { return 0 }

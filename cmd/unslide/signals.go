//go:build unix || windows

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// askingSignals returns the signals that ask the command to stop however often
// they come, as Ctrl-C does once.
func askingSignals() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) { // nohup
		return []os.Signal{syscall.SIGTERM}
	}
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP}
}

// ignoreClosedPipes leaves it to the error of a write that nobody reads: see
// output.
func ignoreClosedPipes() { signal.Ignore(syscall.SIGPIPE) }

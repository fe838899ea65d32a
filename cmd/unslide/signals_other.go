//go:build !unix && !windows

package main

import (
	"os"
	"syscall"
)

// askingSignals: there are no terminals here to hang up.
func askingSignals() []os.Signal { return []os.Signal{syscall.SIGTERM} }

// ignoreClosedPipes: no signal tells of one here.
func ignoreClosedPipes() {}

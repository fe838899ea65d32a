package main

import (
	"context"
	"io"
	"sync"
)

// output is where a command prints. A command need not ask after each line
// whether it could: the first error asks it to stop, as Ctrl-C does, so that it
// saves what it has.
type output struct {
	w    io.Writer
	stop context.CancelCauseFunc

	mu  sync.Mutex
	err error // the first; nothing is written after it
}

func (o *output) Write(b []byte) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		if n, o.err = o.w.Write(b); o.err != nil {
			o.stop(o.err)
		}
	}
	return n, o.err
}

// failed returns the error that ended the output, nil if none has.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

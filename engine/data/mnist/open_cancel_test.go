package mnist

import (
	"context"
	"errors"
	"testing"
)

// TestOpenStops: who asks it to stop hears why, once.
func TestOpenStops(t *testing.T) {
	enough := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(enough)
	if _, err := Open(ctx, Options{Dir: t.TempDir()}); err != enough {
		t.Errorf("error %v: want %v alone", err, enough)
	}
}

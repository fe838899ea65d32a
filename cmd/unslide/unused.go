package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
)

// isGiven reports whether the command line gives a flag.
func isGiven(line *kong.Context, flag string) bool {
	return slices.ContainsFunc(given(line), func(v *kong.Value) bool { return v.Flag != nil && v.Name == flag })
}

// unused refuses each of some flags that the command line gives although it
// changes nothing there. The text says where it would.
func unused(line *kong.Context, want string, flags ...string) error {
	var errs []error
	for _, flag := range flags {
		if isGiven(line, flag) {
			errs = append(errs, fmt.Errorf("--%s: want %s", flag, want))
		}
	}
	return errors.Join(errs...)
}

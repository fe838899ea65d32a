package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/engine"
)

// flagOf names the flag of a field, where it is not called as the field is.
var flagOf = map[string]string{
	"rate":               "lr",
	"optimiser":          "optimizer",
	"order seed":         "seed",
	"order list SHA-256": "order",
}

// workersFault reports a value of --workers that no command takes.
func workersFault(n int) error {
	if n < 0 || n > engine.MaxWorkers {
		return fmt.Errorf("--workers %d: want 0 (all cores) to %d", n, engine.MaxWorkers)
	}
	return nil
}

// flagged words each of the faults that err joins as one of the flag for its
// field, where the command line's command has such a flag.
func flagged(line *kong.Context, err error) error {
	return worded(err, func(field string) string {
		name := cmp.Or(flagOf[field], field)
		if slices.ContainsFunc(line.Flags(), func(f *kong.Flag) bool { return f.Name == name }) {
			return "--" + name
		}
		return ""
	})
}

// worded names the fields of the faults that err joins as the command line does;
// "" is for a field that has no name there.
func worded(err error, name func(field string) string) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, worded(e, name))
		}
		return errors.Join(errs...)
	}
	if f, ok := err.(*engine.Fault); ok {
		if as := name(f.Field); as != "" {
			return &engine.Fault{Field: as, Value: f.Value, Want: f.Want}
		}
	}
	return err
}

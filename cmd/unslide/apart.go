package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/alecthomas/kong"
)

// writesApart refuses a command line that names one file twice where it would
// be written: one content would be lost. Weights may be saved where they were
// read, for then they have been.
func writesApart(parsed *kong.Context) error {
	type name struct{ flag, path string }
	var written, read []name
	for _, v := range given(parsed) {
		flag := v.Name
		if v.Flag != nil {
			flag = "--" + flag
		}
		for _, path := range paths(v) {
			if v.Tag.Has("writes") {
				written = append(written, name{flag, path})
			} else {
				read = append(read, name{flag, path})
			}
		}
	}
	if named, ok := parsed.Selected().Target.Addr().Interface().(interface{ writes() []string }); ok {
		for _, path := range named.writes() {
			written = append(written, name{"--out", path})
		}
	}
	var errs []error
	for i, w := range written {
		for _, other := range append(written[:i:i], read...) {
			onward := w.flag == "--save" && (other.flag == "--resume" || other.flag == "--init")
			if !onward && oneFile(w.path, other.path) {
				errs = append(errs, fmt.Errorf("%s %s: want another file than %s", w.flag, w.path, other.flag))
			}
		}
	}
	return errors.Join(errs...)
}

// given returns the flags and arguments of a command line, each once.
func given(parsed *kong.Context) (values []*kong.Value) {
	seen := map[*kong.Value]bool{}
	for _, p := range parsed.Path {
		v := p.Positional
		if p.Flag != nil {
			v = p.Flag.Value
		}
		if v != nil && !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

// paths returns a value's names of files.
func paths(v *kong.Value) (list []string) {
	switch to := reflect.Indirect(v.Target).Interface().(type) {
	case string:
		list = []string{to}
	case []string:
		list = to
	}
	named := list[:0:0]
	for _, path := range list {
		if path != "" && path != "-" && (v.Tag.Type == "path" || isFile(v.Name, path)) {
			named = append(named, path)
		}
	}
	return named
}

// oneFile reports whether two paths lead to one file, there or not yet. A device
// or a pipe loses nothing.
func oneFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
	}
	return errA != nil && errB != nil && absolute(a) == absolute(b)
}

package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profileFlags are those that record a run.
type profileFlags struct {
	CPUProfile string `group:"profiles" name:"cpuprofile" placeholder:"FILE" type:"path" help:"Write a CPU profile; its tags are layer and phase (go tool pprof -tags)."`
	MemProfile string `group:"profiles" name:"memprofile" placeholder:"FILE" type:"path" help:"Write a heap profile at the end."`
	Trace      string `group:"profiles" placeholder:"FILE" type:"path" help:"Write an execution trace (go tool trace)."`
}

// start begins what the flags ask for. stop ends it and writes the files.
func (p profileFlags) start() (stop func() error, err error) {
	var stops []func() error
	stop = func() error {
		var errs []error
		for _, f := range stops {
			errs = append(errs, f())
		}
		stops = nil
		return errors.Join(errs...)
	}
	begin := func(flag, path string, start func(*os.File) error, end func(*os.File) error) error {
		if path == "" {
			return nil
		}
		f, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
		if err := start(f); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", flag, err), f.Close())
		}
		stops = append(stops, func() error { return errors.Join(end(f), f.Close()) })
		return nil
	}
	err = begin("--cpuprofile", p.CPUProfile,
		func(f *os.File) error { return pprof.StartCPUProfile(f) },
		func(*os.File) error { pprof.StopCPUProfile(); return nil })
	if err == nil {
		err = begin("--trace", p.Trace,
			func(f *os.File) error { return trace.Start(f) },
			func(*os.File) error { trace.Stop(); return nil })
	}
	if err == nil {
		err = begin("--memprofile", p.MemProfile,
			func(*os.File) error { return nil },
			func(f *os.File) error { runtime.GC(); return pprof.Lookup("heap").WriteTo(f, 0) })
	}
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

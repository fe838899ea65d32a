package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profileFlags are those that record a run.
type profileFlags struct {
	CPUProfile string `group:"profiles" name:"cpuprofile" placeholder:"FILE" type:"path" writes:"" help:"Write a CPU profile; its tags are layer and phase (go tool pprof -tags)."`
	MemProfile string `group:"profiles" name:"memprofile" placeholder:"FILE" type:"path" writes:"" help:"Write a heap profile at the end."`
	ExecTrace  string `group:"profiles" name:"exec-trace" placeholder:"FILE" type:"path" writes:"" help:"Write an execution trace (go tool trace)."`
}

// during records a command's whole run.
func (p profileFlags) during(run func() error) error {
	stop, err := p.start()
	if err != nil {
		return err
	}
	return errors.Join(run(), stop())
}

// A profileFile keeps the first error of writing to it: those who write
// profiles do not ask.
type profileFile struct {
	file *os.File
	err  error
}

func (f *profileFile) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	if f.err == nil {
		f.err = err
	}
	return n, err
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
	begin := func(flag, path string, start, end func(io.Writer) error) error {
		if path == "" {
			return nil
		}
		file, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
		f := &profileFile{file: file}
		if err := start(f); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", flag, err), file.Close())
		}
		stops = append(stops, func() error {
			ended := end(f)
			closed := file.Close()
			if err := cmp.Or(f.err, ended, closed); err != nil {
				return fmt.Errorf("%s: %w", flag, err)
			}
			return nil
		})
		return nil
	}
	err = begin("--cpuprofile", p.CPUProfile, pprof.StartCPUProfile,
		func(io.Writer) error { pprof.StopCPUProfile(); return nil })
	if err == nil {
		err = begin("--exec-trace", p.ExecTrace, trace.Start,
			func(io.Writer) error { trace.Stop(); return nil })
	}
	if err == nil {
		err = begin("--memprofile", p.MemProfile,
			func(io.Writer) error { return nil },
			func(w io.Writer) error { runtime.GC(); return pprof.Lookup("heap").WriteTo(w, 0) })
	}
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/internal/wholefile"
)

// weightsName refuses names whose form is unknown.
func weightsName(flag, path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npz", ".npy":
		return nil
	}
	if path == "" {
		return nil
	}
	return fmt.Errorf("%s %s: want a name that ends in .npz or .npy", flag, path)
}

// checkSave finds out early, and without a trace, whether --save can be
// written.
func (t *trainCmd) checkSave() error {
	if t.Save == "" {
		return nil
	}
	if info, err := os.Stat(t.Save); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("--save %s: want a file, or a name for a new one", t.Save)
	}
	if err := wholefile.Try(t.Save, nil); err != nil {
		return fmt.Errorf("--save %s: cannot be written: %w", t.Save, err)
	}
	return nil
}

// A saver keeps what a training has come to. What has diverged it does not
// keep: the file stays as good as it was.
type saver struct {
	c     console
	job   job
	train *trainCmd
	line  *kong.Context // the command line

	file *nn.CheckpointFile // of --save

	path string // where the last steps are, "" before they are anywhere
	step int    // the last that is there
}

func newSaver(c console, j job, t *trainCmd, line *kong.Context) *saver {
	return &saver{c: c, job: j, train: t, line: line, file: nn.NewCheckpointFile(t.Save)}
}

// try finds out, as checkSave does, whether this training can be saved: whether
// its form can say what it is, and whether there is room.
func (s *saver) try() error {
	if s.train.Save == "" {
		return nil
	}
	b, err := s.job.checkpoint().Encode(s.train.Save)
	if err == nil {
		err = wholefile.Try(s.train.Save, b)
	}
	if err != nil {
		return fmt.Errorf("--save %s: %w", s.train.Save, err)
	}
	return nil
}

// after saves after a step where an interval ends. A file that cannot be written
// is told of, and tried again at the next; only a training that has diverged is
// an error.
func (s *saver) after(step int) error {
	if every := s.train.SaveEvery; every == nil || step%*every != 0 {
		return nil
	}
	if err := s.job.diverged(); err != nil {
		return err
	}
	if err := s.file.Write(s.job.checkpoint()); err != nil {
		s.c.fault(err)
		return nil
	}
	s.path, s.step = s.train.Save, step
	return nil
}

// end saves what has been trained to the end.
func (s *saver) end() error {
	if s.train.Save == "" {
		return nil
	}
	err := s.save()
	if s.path != "" && s.step == s.job.taken() {
		fmt.Fprintf(s.c.out, "saved to %s\n", s.path)
	}
	return err
}

// save saves where it should, or, when that fails, where it can.
func (s *saver) save() error {
	name := time.Now().Format("unslide-20060102-150405.npz")
	var errs []error
	for _, path := range []string{s.train.Save, name, filepath.Join(os.TempDir(), name)} {
		if path == "" {
			continue
		}
		err := s.write(path)
		if err == nil {
			break
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s *saver) write(path string) error {
	taken := s.job.taken()
	if s.path != "" && s.step == taken && s.file.Whole() {
		return nil // it is there
	}
	file := s.file
	if path != s.train.Save {
		file = nn.NewCheckpointFile(path)
	}
	if err := file.WriteWhole(s.job.checkpoint()); err != nil {
		return err
	}
	s.path, s.step = path, taken
	return nil
}

// interrupted saves the training and says how to go on.
func (s *saver) interrupted() error {
	at := fmt.Sprintf("interrupted after step %d of %d", s.job.taken(), s.job.steps())
	if err := s.job.diverged(); err != nil {
		return s.kept(fmt.Errorf("%s: %w", at, err))
	}
	err := s.save()
	if s.path == "" || s.step != s.job.taken() {
		return errors.Join(s.kept(errors.New(at)), err)
	}
	return errors.Join(err, fmt.Errorf("%s, saved to %s; to go on: %s", at, s.path, s.resumeLine()))
}

// kept adds to the error that ended a training what is left of it.
func (s *saver) kept(err error) error {
	switch {
	case s.path != "":
		return fmt.Errorf("%w; %s has step %d", err, s.path, s.step)
	case s.train.Save != "":
		return fmt.Errorf("%w; nothing is saved", err)
	}
	return err
}

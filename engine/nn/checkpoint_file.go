package nn

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A CheckpointFile keeps a training's checkpoints under one path, each in the
// place of the one before. Whenever the process ends, the path leads to a whole
// one.
//
// What is written over a training is in proportion to the parameters written
// each time and to the history at its end: a history that has outgrown them
// grows in a file beside, PATH.steps-NUMBER, until [CheckpointFile.WriteWhole]
// takes it in. [ReadWeights] puts the two together. An .npy, and what a symbolic
// link leads to, is whole each time.
type CheckpointFile struct {
	path   string
	beside *os.File  // nil while there is none
	steps  int       // that lie there
	sum    hash.Hash // of them
}

// NewCheckpointFile makes a CheckpointFile, and no file yet. The name ends in
// .npz or .npy, see [Weights.Encode].
func NewCheckpointFile(path string) *CheckpointFile { return &CheckpointFile{path: path} }

// Write writes a checkpoint of a training that goes on, which has at least the
// steps of the one before. Its errors are those of [Weights.Write]; then the one
// before is still there.
func (f *CheckpointFile) Write(w *Weights) error {
	if !f.outgrown(w) {
		return f.WriteWhole(w)
	}
	if err := f.append(w.Training); err != nil {
		return fmt.Errorf("nn: weights file %s: its history: %w", f.path, err)
	}
	tr := *w.Training
	tr.Losses, tr.Correct = nil, nil
	tr.beside = &historyBeside{File: filepath.Base(f.beside.Name()), Steps: f.steps, SHA256: fmt.Sprintf("%x", f.sum.Sum(nil))}
	if err := (&Weights{Tensors: w.Tensors, Network: w.Network, Training: &tr}).Write(f.path); err != nil {
		return err
	}
	f.tidy(tr.beside.File)
	if !f.lies() {
		return fmt.Errorf("nn: weights file %s: its history %s was taken away meanwhile: want no other training that is saved there", f.path, tr.beside.File)
	}
	return nil
}

// WriteWhole writes a checkpoint with its history in it, the training's last.
// Its errors are those of [Weights.Write].
func (f *CheckpointFile) WriteWhole(w *Weights) error {
	if err := w.Write(f.path); err != nil {
		return err
	}
	if f.beside != nil {
		_ = f.beside.Close() // what it holds is in the file now
		f.beside = nil
	}
	f.tidy("")
	return nil
}

// Whole reports whether the last checkpoint holds its history itself.
func (f *CheckpointFile) Whole() bool { return f.beside == nil }

// outgrown reports whether a history is longer than what is written with it.
func (f *CheckpointFile) outgrown(w *Weights) bool {
	if w.Training == nil || !strings.EqualFold(filepath.Ext(f.path), ".npz") {
		return false
	}
	if info, err := os.Lstat(f.path); err == nil && !info.Mode().IsRegular() {
		return false
	}
	others := 0
	for _, list := range [][]Tensor{w.Tensors, w.Training.Moments} {
		for _, t := range list {
			others += 4*len(t.Float32) + 8*len(t.Float64)
		}
	}
	return stepBytes*len(w.Training.Losses) > others
}

// append adds the steps that are new, or all where none are there: a history that
// somebody took away begins again. Nothing refers to what an error leaves.
func (f *CheckpointFile) append(tr *Training) error {
	if f.beside == nil || f.steps > len(tr.Losses) || !f.lies() {
		file, err := createBeside(f.path)
		if err != nil {
			return err
		}
		if f.beside != nil {
			_ = f.beside.Close() // nothing will refer to it
		}
		f.beside, f.steps, f.sum = file, 0, sha256.New()
	}
	b := encodeSteps(tr.Losses[f.steps:], tr.Correct[f.steps:])
	if _, err := f.beside.WriteAt(b, int64(f.steps)*stepBytes); err != nil {
		return err
	}
	if err := f.beside.Sync(); err != nil {
		return err
	}
	f.steps = len(tr.Losses)
	f.sum.Write(b)
	return nil
}

// lies reports whether the history is where it was made.
func (f *CheckpointFile) lies() bool {
	made, err1 := f.beside.Stat()
	named, err2 := os.Lstat(f.beside.Name())
	return err1 == nil && err2 == nil && os.SameFile(made, named)
}

// createBeside makes a file for a history, for whoever may read the checkpoint,
// which keeps its permissions.
func createBeside(path string) (*os.File, error) {
	permissions := fs.FileMode(0o666)
	if info, err := os.Stat(path); err == nil {
		permissions = info.Mode().Perm()
	}
	for {
		f, err := os.OpenFile(path+besideMark+fmt.Sprintf("%08x", rand.Uint32()), os.O_RDWR|os.O_CREATE|os.O_EXCL, permissions)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// tidy removes the histories beside that the file does not name any more. One
// that cannot be removed does no harm.
func (f *CheckpointFile) tidy(named string) {
	folder, name := filepath.Split(f.path)
	entries, _ := os.ReadDir(filepath.Clean(folder))
	for _, e := range entries {
		number, is := strings.CutPrefix(e.Name(), name+besideMark)
		ours := is && len(number) == 8 && strings.Trim(number, "0123456789abcdef") == ""
		if ours && e.Type().IsRegular() && e.Name() != named {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

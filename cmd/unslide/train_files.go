package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/unslide/unslide/engine/nn"
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
	f, err := os.CreateTemp(filepath.Dir(t.Save), ".unslide-*")
	if err != nil {
		return fmt.Errorf("--save %s: cannot be written: %w", t.Save, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// tryWrite writes weights in the form that path asks for, beside it, and takes
// them away: what cannot be saved is refused before it is trained.
func tryWrite(w *nn.Weights, path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".unslide-*"+filepath.Ext(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if err := f.Close(); err != nil {
		return err
	}
	if err := w.Write(f.Name()); err != nil {
		return fmt.Errorf("--save %s: %w", path, err)
	}
	return nil
}

// trainLog writes JSON objects, one a line. A nil trainLog writes nothing.
type trainLog struct {
	file *os.File
	json *json.Encoder
	err  error // the first
}

func createLog(path string) (*trainLog, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	return &trainLog{file: f, json: json.NewEncoder(f)}, nil
}

func (l *trainLog) report(r nn.Report, seconds float64) {
	l.write(struct {
		Step     int     `json:"step"`
		Epoch    int     `json:"epoch"`
		Images   int     `json:"images"` // of this epoch, so far
		Steps    int     `json:"steps"`  // summed up here
		Loss     float64 `json:"loss"`
		Accuracy float64 `json:"accuracy"`
		Seconds  float64 `json:"seconds"` // since the training began
	}{r.Step, r.Epoch, r.Done, r.Steps, r.Loss, r.Accuracy, seconds})
}

func (l *trainLog) test(e nn.Evaluation, seconds float64) {
	l.write(struct {
		TestImages  int     `json:"test_images"`
		TestCorrect int     `json:"test_correct"`
		TestLoss    float64 `json:"test_loss"`
		Seconds     float64 `json:"seconds"` // of the training
	}{e.Images, e.Correct, e.Loss, seconds})
}

func (l *trainLog) write(v any) {
	if l == nil {
		return
	}
	if err := l.json.Encode(v); err != nil && l.err == nil {
		l.err = fmt.Errorf("--log: %w", err)
	}
}

func (l *trainLog) close() error {
	if l == nil {
		return nil
	}
	return errors.Join(l.err, l.file.Close())
}

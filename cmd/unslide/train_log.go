package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/unslide/unslide/engine/nn"
)

// trainLog writes JSON objects, one a line. A nil trainLog writes nothing.
type trainLog struct {
	file *os.File
	json *json.Encoder
	err  error // the first
}

// openLog opens a file for a log, and leaves it as it is.
func openLog(path string) (*trainLog, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	return &trainLog{file: f, json: json.NewEncoder(f)}, nil
}

// begin empties the file, or, for a training that goes on after some steps,
// keeps its lines up to there: what a killed training had logged and not saved
// will come again.
func (l *trainLog) begin(taken int) error {
	if l == nil {
		return nil
	}
	info, err := l.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	keep := 0
	if taken > 0 {
		b, err := os.ReadFile(l.file.Name())
		if err != nil {
			return fmt.Errorf("--log: %w", err)
		}
		keep = logged(b, taken)
	}
	if err := l.file.Truncate(int64(keep)); err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	return nil
}

// logged returns how long the lines are that come before the first of a later
// step than so many. A line that was cut short is none.
func logged(log []byte, taken int) (n int) {
	for line := range bytes.Lines(log) {
		var l struct{ Step int }
		if json.Unmarshal(line, &l) == nil && l.Step > taken || line[len(line)-1] != '\n' {
			break
		}
		n += len(line)
	}
	return n
}

func (l *trainLog) report(r nn.Report, saved int, seconds float64) {
	l.write(struct {
		Step     int     `json:"step"`
		Epoch    int     `json:"epoch"`
		Images   int     `json:"images"` // of this epoch, so far
		Steps    int     `json:"steps"`  // summed up here
		Loss     float64 `json:"loss"`
		Accuracy float64 `json:"accuracy"`
		Seconds  float64 `json:"seconds"`         // since the training began
		Saved    int     `json:"saved,omitempty"` // the last step that is, of this run
	}{r.Step, r.Epoch, r.Done, r.Steps, r.Loss, r.Accuracy, seconds, saved})
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
	if err := l.file.Close(); err != nil && l.err == nil {
		l.err = fmt.Errorf("--log: %w", err)
	}
	return l.err
}

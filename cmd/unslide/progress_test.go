package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/unslide/unslide/engine/nn"
)

// TestPaceDoesNotJump: at constant speed the rate is that speed from the first
// step on; a pause of a second costs an eighth of it at most, and is forgotten.
func TestPaceDoesNotJump(t *testing.T) {
	var p pace
	for range 1000 {
		p.add(8, 20*time.Millisecond)
		if got := p.rate(); !(math.Abs(got-400) <= 1e-9) {
			t.Fatalf("rate %v, want 400", got)
		}
	}
	p.add(8, time.Second)
	if got := p.rate(); !(got >= 350 && got < 400) {
		t.Errorf("rate %v after a pause, want 350 to below 400", got)
	}
	for range 5000 {
		p.add(8, 20*time.Millisecond)
	}
	if got := p.rate(); !(math.Abs(got-400) <= 0.1) {
		t.Errorf("rate %v long after a pause, want 400", got)
	}
}

// fiftySteps is a job of so many steps of 8 images.
type fiftySteps struct{ job }

func (fiftySteps) steps() int  { return 50 }
func (fiftySteps) taken() int  { return 0 }
func (fiftySteps) images() int { return 400 }

func (fiftySteps) config() nn.Config { return nn.Config{Epochs: 1, Batch: 8} }

// TestLinesInAPipe: off a terminal there is a line when none has come for a
// while, and otherwise the reports alone.
func TestLinesInAPipe(t *testing.T) {
	for _, test := range []struct {
		step  time.Duration
		lines []string
	}{
		{100 * time.Millisecond, []string{"step 50, 400 of 400 images: mean loss 2."}},
		{time.Second, []string{"80 of 400 images: mean loss 5.500000, accuracy 12.50 %; 8 images/s, 40 s left",
			"160 of", "240 of", "320 of", "400 of", "step 50, 400 of"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			p := newProgress(console{out: stream{Writer: &out}}, fiftySteps{})
			for i := range 50 {
				time.Sleep(test.step)
				p.step(nn.Step{Step: i + 1, Epoch: 1, Images: 8, Loss: float64(i + 1), Correct: 1})
			}
			p.report(nn.Report{Step: 50, Epoch: 1, Done: 400, Steps: 50, Loss: 2})
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != len(test.lines) {
				t.Fatalf("steps of %v: %d lines, want %d:\n%s", test.step, len(lines), len(test.lines), &out)
			}
			for i, want := range test.lines {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("steps of %v: line %d is %q, want it to begin with %q", test.step, i+1, lines[i], want)
				}
			}
		})
	}
}

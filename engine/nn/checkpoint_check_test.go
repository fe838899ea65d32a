package nn

import (
	"math"
	"strings"
	"testing"
)

// TestResumeRefusesWhatCannotBe: a checkpoint from which no training can go on
// is told from one whose rate is too large, and nothing is taken from it.
func TestResumeRefusesWhatCannotBe(t *testing.T) {
	c := trainings()["batch"]
	c.config.Optimizer.Method = Adam
	for want, spoil := range map[string]func(*Weights){
		"": func(*Weights) {},
		"nn: weights: fc_w_1[2] is NaN": func(w *Weights) {
			w.Tensors[4].Float32[2] = float32(math.NaN())
		},
		"nn: weights: adam_m_conv_w_1[1] is -Inf": func(w *Weights) {
			w.Training.Moments[0].Float32[1] = float32(math.Inf(-1))
		},
		"nn: resume: adam_v_conv_w_1[3] is -1: want 0 or more": func(w *Weights) {
			w.Training.Moments[1].Float32[3] = -1
		},
		"nn: resume: the loss of step 2 is +Inf": func(w *Weights) {
			w.Training.Losses[1] = math.Inf(1)
		},
		"nn: resume: -1 images of step 1 were right: want 0 to the batch's 16": func(w *Weights) {
			w.Training.Correct[0] = -1
		},
		"nn: resume: 17 images of step 3 were right: want 0 to the batch's 16": func(w *Weights) {
			w.Training.Correct[2] = 17
		},
	} {
		from := trainer[float32](t, c.network, thousand(t), c.config)
		for range 3 {
			take(t, from)
		}
		w := from.Checkpoint()
		spoil(w)
		into := trainer[float32](t, c.network, thousand(t), c.config)
		before := into.Checkpoint()
		err := into.Resume(w)
		if want == "" {
			if err != nil {
				t.Errorf("%v: want none", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want %q", err, want)
		}
		sameTensors(t, into.Checkpoint().Tensors, before.Tensors)
	}
}

// TestResumeSaysWhatDiffers: of a training in other steps, and not what its steps
// would mean in these.
func TestResumeSaysWhatDiffers(t *testing.T) {
	c := trainings()["batch"]
	from := trainer[float32](t, c.network, thousand(t), c.config)
	for range 3 {
		take(t, from)
	}
	c.config.Batch = 2
	err := trainer[float32](t, c.network, thousand(t), c.config).Resume(from.Checkpoint())
	if err == nil || strings.Contains(err.Error(), "right") || !strings.Contains(err.Error(), "batch") {
		t.Errorf("error %v: want the batch's alone", err)
	}
}

// TestTrainingNeedsParameters: a model whose parameters were never set learns
// nothing.
func TestTrainingNeedsParameters(t *testing.T) {
	c := trainings()["batch"]
	model, err := New[float32](c.network)
	if err != nil {
		t.Fatal(err)
	}
	blank, err := NewTrainer(model, thousand(t), c.config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blank.Next(); err == nil || !strings.Contains(err.Error(), "Init") || blank.Taken() != 0 {
		t.Errorf("error %v after %d steps: want one that says to call Init", err, blank.Taken())
	}
	model.Init(1)
	if _, err := blank.Next(); err != nil {
		t.Error(err)
	}
}

// TestResumeNeedsTheMomentsOptimiser: settings that were lost do not make SGD of
// Adam.
func TestResumeNeedsTheMomentsOptimiser(t *testing.T) {
	c := trainings()["batch"]
	c.config.Batch, c.config.Optimizer.Method = 1, Adam
	from := trainer[float32](t, c.network, thousand(t), c.config)
	take(t, from)
	w := from.Checkpoint()
	w.Training.Settings = nil
	c.config.Optimizer.Method = SGD
	err := trainer[float32](t, c.network, thousand(t), c.config).Resume(w)
	if err == nil || !strings.Contains(err.Error(), "optimiser sgd: want adam") {
		t.Errorf("error %v: want one that names both optimisers", err)
	}
}

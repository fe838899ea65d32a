package measure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/unslide/unslide/bench/peers"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/idx"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/nn"
)

// MNISTList is the name of the list that trains a small network on MNIST to
// 99 %: two epochs of Adam at batch 128, see peers/mnist.py.
const MNISTList = "mnist"

// Training is how a program fared in training that network.
type Training struct {
	Program  string  `json:"program"`
	Form     string  `json:"form"`
	Threads  int     `json:"threads"`
	Seconds  float64 `json:"seconds"`
	Accuracy float64 `json:"accuracy"` // share of the 10 000 test images
}

// strongConfig is the training of peers/mnist.py in the engine's words.
func strongConfig(seed uint64) nn.Config {
	return nn.Config{
		Epochs: 2, Batch: 128,
		Order:     nn.Order{Kind: nn.Shuffled, Seed: seed},
		Optimizer: nn.Optimizer{Method: nn.Adam, Rate: 0.01, Schedule: nn.OneCycle},
	}
}

// trainStrong trains the network by the engine.
func trainStrong(ctx context.Context, digits *mnist.Data, threads int, seed uint64) (Training, error) {
	m, err := nn.New[float32](nn.Strong(), engine.WithWorkers(threads))
	if err != nil {
		return Training{}, err
	}
	m.Init(seed)
	t, err := nn.NewTrainer(m, digits.Train(), strongConfig(seed))
	if err != nil {
		return Training{}, err
	}
	start := time.Now()
	if err := t.Run(ctx, nn.Hooks{}); err != nil {
		return Training{}, err
	}
	seconds := fiveDigits(time.Since(start).Seconds())
	e, err := m.Evaluate(ctx, digits.Test, nil)
	return Training{Unslide, AutoForm, threads, seconds, e.Accuracy()}, err
}

// strong measures every program's training, in turns, twice with other seeds.
func (m *measurer) strong() error {
	folder, err := os.MkdirTemp("", "unslide-mnist")
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	defer os.RemoveAll(folder)
	if err := writeIDX(folder, m.options.Data); err != nil {
		return err
	}
	for seed := range uint64(2) {
		t, err := trainStrong(m.ctx, m.options.Data, m.threads, seed+1)
		if err != nil {
			return err
		}
		m.results.Trainings = append(m.results.Trainings, t)
		for _, p := range m.peers.Running {
			if err := m.ctx.Err(); err != nil {
				return err
			}
			if err := m.peerTraining(p, folder, seed+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *measurer) peerTraining(p *peers.Peer, folder string, seed uint64) error {
	request := map[string]any{"op": "train", "folder": folder, "seed": seed}
	forms, _, err := p.Prepare(request)
	if err != nil {
		return err
	}
	for _, form := range forms {
		t := Training{Program: p.Name, Form: form, Threads: m.threads}
		request["form"] = form
		if err := p.Ask(request, &t); err != nil {
			return err
		}
		t.Seconds = fiveDigits(t.Seconds)
		m.results.Trainings = append(m.results.Trainings, t)
	}
	return nil
}

// writeIDX writes the data set's files as the other frameworks' programs read
// them.
func writeIDX(folder string, d *mnist.Data) error {
	for name, s := range map[string]*data.Set{"train": d.Training, "t10k": d.Test} {
		images, labels, err := idx.Encode(s)
		if err != nil {
			return fmt.Errorf("measure: %w", err)
		}
		if err := errors.Join(
			os.WriteFile(filepath.Join(folder, name+"-images-idx3-ubyte"), images, 0o600),
			os.WriteFile(filepath.Join(folder, name+"-labels-idx1-ubyte"), labels, 0o600)); err != nil {
			return fmt.Errorf("measure: %w", err)
		}
	}
	return nil
}

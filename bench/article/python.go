package article

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/unslide/unslide/bench/peers"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/idx"
	"github.com/unslide/unslide/naive"
)

// ErrNoPython says why the article's method could not be measured; it wraps
// the reason.
var ErrNoPython = errors.New("no Python with numpy")

// pythonResult is what sliding.py prints.
type pythonResult struct {
	Python, Numpy string
	Losses        []float64
	Correct       []bool
	Seconds       map[string][]float64 // by step and direction, one an image
	Layers        [][3]float64         // seconds of a pair of maps: forward, data, filter
}

// python runs sliding.py by an interpreter: a path, or a name to be looked up.
func python(ctx context.Context, interpreter string, args ...string) (*pythonResult, error) {
	interpreter, err := exec.LookPath(interpreter)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPython, err)
	}
	if out, err := exec.CommandContext(ctx, interpreter, "-c", "import numpy").CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w: %s: %s", ErrNoPython, interpreter, lastLine(out))
	}
	script, err := os.CreateTemp("", "sliding-*.py")
	if err != nil {
		return nil, err
	}
	defer os.Remove(script.Name())
	if _, err := script.Write(peers.Sliding); err != nil {
		return nil, errors.Join(err, script.Close())
	}
	if err := script.Close(); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, interpreter, append([]string{script.Name()}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("sliding.py: %w: %s", err, lastLine(stderr.Bytes()))
	}
	var r pythonResult
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, fmt.Errorf("sliding.py: %w", err)
	}
	return &r, nil
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// pythonTrain trains the network in Python, one step an image of the set.
func pythonTrain(ctx context.Context, interpreter string, s naive.Settings, seed uint64, set *data.Set) (*pythonResult, error) {
	dir, err := os.MkdirTemp("", "sliding")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	images, labels := filepath.Join(dir, "images"), filepath.Join(dir, "labels")
	pixels, classes, err := idx.Encode(set)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.WriteFile(images, pixels, 0o600), os.WriteFile(labels, classes, 0o600)); err != nil {
		return nil, err
	}
	settings, err := json.Marshal(pythonSettings(s))
	if err != nil {
		return nil, err
	}
	r, err := python(ctx, interpreter, "--images", images, "--labels", labels, "--steps", strconv.Itoa(set.Len()),
		"--seed", strconv.FormatUint(seed, 10), "--settings", string(settings))
	if err != nil {
		return nil, err
	}
	if len(r.Losses) != set.Len() || len(r.Correct) != set.Len() {
		return nil, fmt.Errorf("sliding.py: %d losses, %d flags: want %d", len(r.Losses), len(r.Correct), set.Len())
	}
	return r, nil
}

// pythonSlide is a kernel as sliding.py reads it.
type pythonSlide struct {
	KH          int    `json:"kh"`
	KW          int    `json:"kw"`
	Stride      int    `json:"stride"`
	Center      [2]int `json:"center"`
	Convolution bool   `json:"convolution"`
	Maps        int    `json:"maps,omitempty"`
	Activation  string `json:"activation,omitempty"`
	Add         bool   `json:"add"`
	Image       [2]int `json:"image"` // of a layer by itself
}

func newPythonSlide(s naive.Slide) pythonSlide {
	return pythonSlide{KH: s.KH, KW: s.KW, Stride: s.Stride, Center: [2]int{s.CenterRow, s.CenterCol}, Convolution: s.Convolution}
}

// pythonSettings is a network as sliding.py reads it.
func pythonSettings(s naive.Settings) map[string]any {
	conv := func(c naive.Conv) pythonSlide {
		p := newPythonSlide(c.Slide)
		p.Maps, p.Activation = c.Maps, string(c.Activation)
		return p
	}
	pool := newPythonSlide(s.Pool.Slide)
	pool.Add = s.Pool.Add
	dense := func(d naive.Dense) map[string]any {
		return map[string]any{"neurons": d.Neurons, "activation": string(d.Activation)}
	}
	return map[string]any{
		"conv_1": conv(s.Conv1), "pool_1": pool, "conv_2": conv(s.Conv2),
		"fc_1": dense(s.Hidden), "fc_2": dense(s.Output), "rate": s.Rate,
	}
}

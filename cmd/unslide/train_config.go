package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/nn"
)

// config returns the settings of the command line on top of others.
func (t *trainCmd) config(c nn.Config) (nn.Config, error) {
	set(&c.Epochs, t.Epochs)
	set(&c.Batch, t.Batch)
	set(&c.Limit, t.Limit)
	set(&c.Optimizer.Rate, t.LR)
	if t.Optimizer != "" {
		c.Optimizer.Method = nn.Method(t.Optimizer)
	}
	if t.Schedule != "" {
		c.Optimizer.Schedule = nn.Schedule(t.Schedule)
	}
	c.ReportEvery = t.Report
	switch t.Order {
	case "":
		if c.Order.Kind == nn.Listed { // a file knows the list by its SHA-256 alone
			return c, errors.New("--order: want the file of image numbers that the training began with")
		}
	case string(nn.Natural):
		c.Order = nn.Order{Kind: nn.Natural}
	case string(nn.Shuffled):
		c.Order = nn.Order{Kind: nn.Shuffled, Seed: t.Seed}
	default:
		list, err := readOrder(t.Order)
		if err != nil {
			return c, fmt.Errorf("--order: %w", err)
		}
		c.Order = nn.Order{Kind: nn.Listed, List: list}
	}
	return c, nil
}

// set overwrites a setting if the command line says so.
func set[T any](setting *T, flag *T) {
	if flag != nil {
		*setting = *flag
	}
}

// readOrder reads image numbers, one a line.
func readOrder(path string) ([]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []int
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		i, err := strconv.Atoi(line)
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %q: want an image number", path, n, line)
		}
		list = append(list, i)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no image numbers: want one a line", path)
	}
	return list, nil
}

// network returns the network to train.
func (t *trainCmd) network(from *nn.Weights) (n nn.Network, err error) {
	if t.Network == "" && from != nil {
		n, err = from.NetworkOrArticle()
	} else {
		n, err = namedNetwork(t.Network)
	}
	if err != nil {
		return nn.Network{}, err
	}
	return n, readsDigits(n)
}

// namedNetwork returns a network by its name, the article's if that is empty,
// or reads it from a file.
func namedNetwork(name string) (nn.Network, error) {
	if make, ok := networks[cmp.Or(name, "article")]; ok {
		return make(), nil
	}
	return nn.ReadNetwork(name)
}

// networks are those that have a name.
var networks = map[string]func() nn.Network{
	"article":    nn.Article,
	"experiment": nn.ArticleExperiment,
	"strong":     nn.Strong,
}

func isArticle(n nn.Network) bool { return string(n.JSON()) == string(nn.Article().JSON()) }

// start gives the job its parameters.
func (t *trainCmd) start(job job, from *nn.Weights) error {
	switch {
	case t.Resume != "":
		return job.resume(from)
	case from != nil:
		return errors.Join(from.Finite(), job.setWeights(from))
	}
	seed := t.Seed
	if s, ok := strings.CutPrefix(t.Init, goldenPrefix); ok {
		seed, _ = strconv.ParseUint(s, 10, 64) // Validate has read it
	}
	job.init(seed)
	return nil
}

func (t *trainCmd) newJob(n nn.Network, set *mnist.Set, c nn.Config) (job, error) {
	if t.Engine == naiveEngine {
		return newNaiveJob(n, set, c)
	}
	algorithm, err := engine.ParseAlgorithm(t.Engine)
	if err != nil {
		return nil, err
	}
	opts := []engine.Option{engine.WithWorkers(t.Workers), engine.WithAlgorithm(algorithm)}
	if t.Fast {
		opts = append(opts, engine.WithFastAlgorithms())
	}
	if t.Precision == "float64" {
		return newEngineJob[float64](n, set, c, opts)
	}
	return newEngineJob[float32](n, set, c, opts)
}

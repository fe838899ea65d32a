package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
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
		if c.Order.Kind != nn.Shuffled || t.Seed != nil { // else the file's
			c.Order = nn.Order{Kind: nn.Shuffled, Seed: t.seed()}
		}
	default:
		list, err := readOrder(t.Order)
		if err != nil {
			return c, fmt.Errorf("--order: %w", err)
		}
		c.Order = nn.Order{Kind: nn.Listed, List: list}
	}
	return c, nil
}

func (t *trainCmd) seed() uint64 {
	if t.Seed == nil {
		return 1
	}
	return *t.Seed
}

// unused refuses what the command line says and the training would not heed.
func (t *trainCmd) unused(line *kong.Context) error {
	var errs []error
	if t.Engine == naiveEngine {
		errs = append(errs, unused(line, "another --engine than naive, which slides kernels on one goroutine", "fast", "workers"))
	} else if t.Precision == "float64" || t.Engine != engine.Auto.String() {
		errs = append(errs, unused(line, "--engine auto and float32, where such algorithms are chosen", "fast"))
	}
	if t.Order != string(nn.Shuffled) {
		switch {
		case t.Init != "":
			errs = append(errs, unused(line, "it without --init, which has the weights, or --order shuffled", "seed"))
		case t.Resume != "" && t.Order != "":
			errs = append(errs, unused(line, "it without --resume, which has the weights, or --order shuffled", "seed"))
		}
	}
	return errors.Join(errs...)
}

// heeded refuses what a resumed training, whose settings are known now, would
// not heed.
func (t *trainCmd) heeded(line *kong.Context, c nn.Config) error {
	var errs []error
	if t.Precision == "float64" {
		errs = append(errs, unused(line, "a training in float32, where such algorithms are chosen", "fast"))
	}
	switch {
	case t.Order != "" || t.Seed == nil:
	case c.Order.Kind != nn.Shuffled:
		errs = append(errs, unused(line, "it without --resume: the file has the weights, and its order is not shuffled", "seed"))
	case c.Order.Seed != *t.Seed:
		errs = append(errs, &engine.Fault{Field: "--seed", Value: fmt.Sprint(*t.Seed), Want: fmt.Sprintf("%d, as in the file that it goes on from", c.Order.Seed)})
	}
	return errors.Join(errs...)
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
		n, err = namedNetwork("--network", t.Network)
	}
	if err != nil {
		return nn.Network{}, err
	}
	return n, readsDigits(n)
}

// namedNetwork returns a flag's network by its name, the article's if that is empty,
// or reads it from a file.
func namedNetwork(flag, name string) (nn.Network, error) {
	if make, ok := networks[cmp.Or(name, "article")]; ok {
		return make(), nil
	}
	n, err := nn.ReadNetwork(name)
	if errors.Is(err, os.ErrNotExist) {
		err = &engine.Fault{Field: flag, Value: name, Want: strings.Join(slices.Sorted(maps.Keys(networks)), ", ") + ", or a JSON file that is there"}
	}
	return n, err
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
	seed := t.seed()
	if s, ok := strings.CutPrefix(t.Init, goldenPrefix); ok {
		seed, _ = strconv.ParseUint(s, 10, 64) // Validate has read it
	}
	job.init(seed)
	return nil
}

func (t *trainCmd) newJob(n nn.Network, source data.Source, c nn.Config) (job, error) {
	if t.Engine == naiveEngine {
		return newNaiveJob(n, source, c)
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
		return newEngineJob[float64](n, source, c, opts)
	}
	return newEngineJob[float32](n, source, c, opts)
}

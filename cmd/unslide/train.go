package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/mnist"
	"github.com/unslide/unslide/engine/nn"
)

// trainCmd's numbers are nil where the command line does not say: then they
// are the resumed training's, or else the article's.
type trainCmd struct {
	dataFlag

	Epochs    *int     `group:"training" placeholder:"N" help:"Epochs over the training images (1)."`
	Batch     *int     `group:"training" placeholder:"N" help:"Images of a step (1)."`
	LR        *float64 `group:"training" name:"lr" placeholder:"RATE" help:"Learning rate (0.01)."`
	Optimizer string   `group:"training" placeholder:"NAME" help:"sgd or adam (sgd)."`
	Schedule  string   `group:"training" placeholder:"NAME" help:"constant or one-cycle (constant)."`
	Seed      uint64   `group:"training" default:"1" placeholder:"N" help:"Seed of the initial weights and of shuffling (1)."`
	Order     string   `group:"training" placeholder:"ORDER" help:"natural, shuffled, or a file of image numbers, one a line (natural)."`
	Limit     *int     `group:"training" placeholder:"N" help:"Train on the first N images of the order only."`
	Test      int      `group:"training" default:"10000" placeholder:"N" help:"Test on the first N test images afterwards (10000)."`
	Network   string   `group:"training" placeholder:"NETWORK" help:"article, experiment, strong, or a JSON file (article)."`

	Workers   int    `group:"machine" default:"0" placeholder:"N" help:"Goroutines that share the work (all cores). The result does not depend on it."`
	Precision string `group:"machine" placeholder:"TYPE" help:"float32 or float64 (float32)."`
	Engine    string `group:"machine" default:"auto" placeholder:"NAME" help:"${engines} (auto). naive slides kernels in float64, as the article does."`

	Fast bool `group:"machine" help:"Allow algorithms that round elsewhere, such as Winograd's, where they are faster."`

	Init   string `group:"files" placeholder:"FILE" help:"Start from these weights (.npz, or the article's .npy), or golden:SEED."`
	Resume string `group:"files" placeholder:"FILE" help:"Continue a saved training where it stopped." type:"path"`
	Save   string `group:"files" placeholder:"FILE" help:"Save weights and state here at the end and on Ctrl-C (.npz, or .npy in the article's form)." type:"path"`
	Log    string `group:"files" placeholder:"FILE" help:"Write one JSON object per report here." type:"path"`
	Report int    `group:"files" default:"1000" placeholder:"N" help:"Steps that a report sums up (1000)."`

	profileFlags
}

func (trainCmd) Help() string {
	return `Without flags this is the article's job: its network, batch 1, rate 0.01,
one epoch over images 5000 to 59999, then the 10000 test images. The first
Ctrl-C saves and says how to go on; a second one quits at once.

Examples:

  unslide train
  unslide train --batch 128 --lr 0.1 --epochs 4 --save weights.npz
  unslide train --resume weights.npz --epochs 8
  unslide train --network strong --optimizer adam --schedule one-cycle \
      --lr 0.003 --batch 128 --epochs 2 --order shuffled
  unslide train --engine naive --limit 1000`
}

// Validate is called when the command line has been read.
func (t *trainCmd) Validate() error {
	var errs []error
	c, err := t.config(nn.ArticleConfig())
	if err == nil {
		c.Order.Kind, c.Order.List = nn.Natural, nil // a file's list is checked with the data
		err = c.Validate(mnistTrain)
	}
	errs = append(errs, inFlags(err))
	switch t.Precision {
	case "", "float32", "float64":
	default:
		errs = append(errs, fmt.Errorf("--precision %q: want float32 or float64", t.Precision))
	}
	if t.Engine == naiveEngine {
		if t.Precision == "float32" {
			errs = append(errs, errors.New("--precision float32: want float64, the only one of --engine naive"))
		}
		t.Precision = "float64"
	} else if _, err := engine.ParseAlgorithm(t.Engine); err != nil {
		errs = append(errs, fmt.Errorf("--engine %q: want %s", t.Engine, engineNames()))
	}
	if t.Workers < 0 {
		errs = append(errs, fmt.Errorf("--workers %d: want 0 (all cores) or more", t.Workers))
	}
	if t.Test < 0 || t.Test > mnistTest {
		errs = append(errs, fmt.Errorf("--test %d: want 0 to %d", t.Test, mnistTest))
	}
	if t.Report < 1 {
		errs = append(errs, fmt.Errorf("--report %d: want 1 or more", t.Report))
	}
	if t.Init != "" && t.Resume != "" {
		errs = append(errs, errors.New("--init and --resume: want one of them: a resumed training has its weights"))
	}
	if seed, ok := strings.CutPrefix(t.Init, goldenPrefix); ok {
		if _, err := strconv.ParseUint(seed, 10, 64); err != nil {
			errs = append(errs, fmt.Errorf("--init %q: want %sSEED with a whole number from 0", t.Init, goldenPrefix))
		}
	}
	if err := weightsName("--save", t.Save); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

const (
	mnistTrain   = 55000 // images of an epoch
	mnistTest    = 10000
	naiveEngine  = "naive"
	goldenPrefix = "golden:"
)

// inFlags words an error of nn's as one of the command line.
func inFlags(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.NewReplacer(
		"nn: rate", "--lr",
		"nn: optimiser", "--optimizer",
		"nn: ", "--",
	).Replace(err.Error()))
}

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

func (t *trainCmd) Run(ctx context.Context, c console) (err error) {
	// A training goes on from a file, starts from one, or starts afresh.
	var from *nn.Weights
	switch {
	case t.Resume != "":
		from, err = nn.ReadWeights(t.Resume)
	case t.Init != "" && !strings.HasPrefix(t.Init, goldenPrefix):
		from, err = nn.ReadWeights(t.Init)
	}
	if err != nil {
		return err
	}
	config := nn.ArticleConfig()
	if t.Resume != "" && from.Training != nil && from.Training.Settings != nil {
		config = from.Training.Settings.Config
		if t.Precision == "" {
			t.Precision = from.Training.Settings.Precision
		}
	}
	if config, err = t.config(config); err != nil {
		return err
	}
	network, err := t.network(from)
	if err != nil {
		return err
	}
	if err := t.checkSave(); err != nil {
		return err
	}
	data, err := t.open(ctx, c)
	if err != nil {
		return err
	}
	job, err := t.newJob(network, data.Train(), config)
	if err != nil {
		return err
	}
	if err := t.start(job, from); err != nil {
		return err
	}
	if t.Save != "" {
		if err := tryWrite(job.checkpoint(), t.Save); err != nil {
			return err
		}
	}
	log, err := createLog(t.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.close()) }()
	stop, err := t.profileFlags.start()
	if err != nil {
		return err
	}

	fmt.Fprintln(c.out, job.describe())
	taken, begin := job.taken(), time.Now()
	p := newProgress(c, job)
	trainErr := job.run(ctx, nn.Hooks{
		Step:   p.step,
		Report: func(r nn.Report) { log.report(r, p.seconds()); p.report(r) },
	})
	seconds := time.Since(begin).Seconds()
	p.finish()
	if err := stop(); err != nil {
		return errors.Join(trainErr, err)
	}
	if ctx.Err() != nil {
		return t.interrupted(job)
	}
	if trainErr != nil {
		return trainErr
	}
	if t.Save != "" {
		if err := job.checkpoint().Write(t.Save); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "saved to %s\n", t.Save)
	}
	images := p.seen - p.before
	fmt.Fprintf(c.out, "trained on %d images in %.2f s: %.0f images/s\n", images, seconds, float64(images)/seconds)

	if t.Test > 0 {
		e, err := job.evaluate(ctx, data.Test.Slice(0, t.Test), c.testProgress())
		c.out.clear()
		if ctx.Err() != nil {
			return t.interrupted(job)
		}
		if err != nil {
			return err
		}
		log.test(e, seconds)
		fmt.Fprintf(c.out, "test: %d of %d images right (%.2f %%), mean loss %.6f\n", e.Correct, e.Images, 100*e.Accuracy(), e.Loss)
	}
	if isArticle(network) && taken < job.taken() {
		slid := articleHours * 3600 * float64(images) / mnistTrain
		fmt.Fprintf(c.out, "the article's program needs %s for as many images (15 h an epoch): %.0f times as long\n",
			duration(slid), slid/seconds)
	}
	return nil
}

// articleHours is what the article's program took for one epoch.
const articleHours = 15

// network returns the network to train.
func (t *trainCmd) network(from *nn.Weights) (nn.Network, error) {
	if t.Network == "" && from != nil {
		return from.NetworkOrArticle()
	}
	return namedNetwork(t.Network)
}

// namedNetwork returns a network by its name, the article's if that is empty,
// or reads it from a file.
func namedNetwork(name string) (nn.Network, error) {
	switch name {
	case "", "article":
		return nn.Article(), nil
	case "experiment":
		return nn.ArticleExperiment(), nil
	case "strong":
		return nn.Strong(), nil
	}
	return nn.ReadNetwork(name)
}

func isArticle(n nn.Network) bool { return string(n.JSON()) == string(nn.Article().JSON()) }

// start gives the job its parameters.
func (t *trainCmd) start(job job, from *nn.Weights) error {
	switch {
	case t.Resume != "":
		return job.resume(from)
	case from != nil:
		return job.setWeights(from)
	}
	seed := t.Seed
	if s, ok := strings.CutPrefix(t.Init, goldenPrefix); ok {
		seed, _ = strconv.ParseUint(s, 10, 64) // Validate has read it
	}
	job.init(seed)
	return nil
}

// interrupted saves the training and says how to go on.
func (t *trainCmd) interrupted(job job) error {
	path := t.Save
	if path == "" {
		path = time.Now().Format("unslide-20060102-150405.npz")
	}
	if err := job.checkpoint().Write(path); err != nil {
		return errors.Join(fmt.Errorf("interrupted after step %d", job.taken()), err)
	}
	resume := "unslide train --resume " + path
	if t.Save != "" {
		resume += " --save " + path
	}
	if t.Engine != "auto" {
		resume += " --engine " + t.Engine
	}
	switch t.Order {
	case "", string(nn.Natural), string(nn.Shuffled):
	default:
		resume += " --order " + t.Order
	}
	return fmt.Errorf("interrupted after step %d of %d, saved to %s; to go on: %s", job.taken(), job.steps(), path, resume)
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

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/bench/article"
	"github.com/unslide/unslide/engine"
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
	Seed      *uint64  `group:"training" placeholder:"N" help:"Seed of the initial weights and of shuffling (1)."`
	Order     string   `group:"training" placeholder:"ORDER" help:"natural, shuffled, or a file of image numbers, one a line (natural)."`
	Limit     *int     `group:"training" placeholder:"N" help:"Train on the first N images of the order only."`
	Test      int      `group:"training" default:"10000" placeholder:"N" help:"Test on the first N test images afterwards (10000)."`
	Network   string   `group:"training" placeholder:"NETWORK" help:"article, experiment, strong, or a JSON file (article)."`

	Workers   int    `group:"machine" default:"0" placeholder:"N" help:"Goroutines that share the work (all cores). The result does not depend on it."`
	Precision string `group:"machine" placeholder:"TYPE" help:"float32 or float64 (float32)."`
	Engine    string `group:"machine" default:"auto" placeholder:"NAME" help:"${engines} (auto). naive slides kernels in float64, as the article does."`

	Fast bool `group:"machine" help:"Allow algorithms that round elsewhere, such as Winograd's, where they are faster."`

	Init      string `group:"files" placeholder:"FILE" help:"Start from these weights (.npz, or the article's .npy), or golden:SEED."`
	Resume    string `group:"files" placeholder:"FILE" help:"Continue a saved training where it stopped." type:"path"`
	Save      string `group:"files" placeholder:"FILE" help:"Save weights and state here at the end and on Ctrl-C (.npz, or .npy in the article's form)." type:"path" writes:""`
	SaveEvery *int   `group:"files" placeholder:"N" help:"Save every N steps too, so that no more than N are lost whatever happens. A long history lies beside meanwhile, in a file of the same name and .steps."`
	Log       string `group:"files" placeholder:"FILE" help:"Write one JSON object per report here; a resumed training goes on in it." type:"path" writes:""`
	Report    int    `group:"files" default:"1000" placeholder:"N" help:"Steps that a report sums up (1000)."`

	profileFlags
}

func (trainCmd) Help() string {
	return `Without flags this is the article's job: its network, batch 1, rate 0.01,
one epoch over images 5000 to 59999, then the 10000 test images. The first
Ctrl-C saves and says how to go on, as does a closed terminal or pipe; another,
more than a second later, quits at once. A training that diverges is an error
and saves nothing.

A training that goes on by --resume has the settings of its file, and says
where it begins. What the command line says otherwise is refused; it may say
--epochs, --workers and the files anew.

A network's file describes its layers, the last one dense:

  {"input": [28, 28, 1], "layers": [
    {"conv": {"maps": 8, "kernel": 3, "stride": 2, "activation": "relu"}},
    {"maxpool": {"kernel": 2}},
    {"dense": {"units": 10}}]}

Examples:

  unslide train
  unslide train --batch 16 --lr 0.1 --epochs 4 --save weights.npz
  unslide train --resume weights.npz --epochs 8 --save weights.npz
  unslide train --network strong --optimizer adam --schedule one-cycle \
      --lr 0.01 --batch 128 --epochs 2 --order shuffled
  unslide train --engine naive --limit 1000 --test 500`
}

// Validate is called when the command line has been read.
func (t *trainCmd) Validate(line *kong.Context) error {
	var errs []error
	c, err := t.config(nn.ArticleConfig())
	if err == nil {
		c.Order.Kind, c.Order.List = nn.Natural, nil // a file's list is checked with the data
		err = c.Validate(mnistTrain)
		if t.Engine == naiveEngine {
			err = errors.Join(err, article.SlidingConfig(c))
		}
	}
	errs = append(errs, flagged(line, err), t.unused(line))
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
	errs = append(errs, workersFault(t.Workers))
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
	if n := t.SaveEvery; n != nil && *n < 1 {
		errs = append(errs, fmt.Errorf("--save-every %d: want 1 or more", *n))
	}
	if t.SaveEvery != nil && t.Save == "" {
		errs = append(errs, errors.New("--save-every: want --save too: where to"))
	}
	return errors.Join(errs...)
}

const (
	mnistTrain   = 55000 // images of an epoch
	mnistTest    = 10000
	naiveEngine  = "naive"
	goldenPrefix = "golden:"
)

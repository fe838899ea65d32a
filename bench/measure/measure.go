package measure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/unslide/unslide/bench/peers"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data/mnist"
)

// TrainingList is the name of the list that is no list of layers: the
// article's training step at batch 1 and 128.
const TrainingList = "training"

// Options says what Run measures.
type Options struct {
	Lists []string    // of ListNames, TrainingList and MNISTList
	Data  *mnist.Data // that MNISTList trains on
	// Match, if set, picks pieces of work by "list layer pass".
	Match   *regexp.Regexp
	Threads []int  // numbers of threads; empty: 1 and all cores
	Python  string // the interpreter that has the other frameworks; empty: without them
	Rounds  int    // how often the programs take turns; 0 stands for 5
	// Seconds is how long a form is called in each turn; 0 stands for 0.05.
	Seconds float64
	// Naive asks for the sliding reference as well, where it takes less than
	// two seconds a call.
	Naive bool
	// Progress, if set, hears of each piece of work before it begins.
	Progress func(work string, done, total int)
}

// Run times the engine, bare products and, if asked, other frameworks on
// the lists. The programs take turns, several times for each piece of work, and
// of each program's forms those far behind its best are dropped after the
// first turn. What an interrupted run has measured is returned with the error.
func Run(ctx context.Context, o Options) (*Results, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	works, err := o.works()
	if err != nil {
		return nil, err
	}
	r := &Results{Machine: ThisMachine(), Time: time.Now().UTC().Truncate(time.Second), Peers: map[string]string{}, Missing: map[string]string{}}
	done := 0
	for _, threads := range o.Threads {
		m := &measurer{ctx: ctx, options: o, threads: threads, results: r}
		err := m.run(works, func(w work) {
			if o.Progress != nil {
				o.Progress(fmt.Sprintf("%s, %d threads", w, threads), done, len(works)*len(o.Threads))
			}
			done++
		})
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func (o *Options) complete() error {
	if len(o.Threads) == 0 {
		o.Threads = slices.Compact([]int{1, runtime.GOMAXPROCS(0)})
	}
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Seconds == 0 {
		o.Seconds = 0.05
	}
	errs := []error{ValidateThreads(o.Threads)}
	if o.Rounds < 1 || !(o.Seconds > 0) {
		errs = append(errs, fmt.Errorf("measure: %d rounds of %v s: want at least 1 round and more than 0 s", o.Rounds, o.Seconds))
	}
	if len(o.Lists) == 0 {
		errs = append(errs, errors.New("measure: no list"))
	}
	if slices.Contains(o.Lists, MNISTList) && o.Data == nil {
		errs = append(errs, fmt.Errorf("measure: list %s: no data set", MNISTList))
	}
	return errors.Join(errs...)
}

// ValidateThreads reports an [engine.Fault] for each number of threads that this
// machine has not.
func ValidateThreads(threads []int) error {
	var errs []error
	for _, n := range threads {
		if n < 1 || n > runtime.NumCPU() {
			errs = append(errs, &engine.Fault{Package: "measure", Field: "threads", Value: fmt.Sprint(n), Want: fmt.Sprintf("1 to the %d cores", runtime.NumCPU())})
		}
	}
	return errors.Join(errs...)
}

// measurer measures with one number of threads.
type measurer struct {
	ctx     context.Context
	options Options
	threads int
	peers   *peers.Group
	results *Results
}

// run measures all works and the peak.
func (m *measurer) run(works []work, before func(work)) error {
	if err := m.start(); err != nil {
		return err
	}
	defer m.peers.Close()
	for _, w := range works {
		before(w)
		if err := m.work(w); err != nil {
			return err
		}
	}
	return m.peak()
}

// start starts the peers.
func (m *measurer) start() error {
	m.peers = &peers.Group{}
	if m.options.Python == "" {
		return nil
	}
	ps, err := peers.Start(m.ctx, m.options.Python, m.threads)
	if err != nil {
		return err
	}
	m.peers = ps
	for _, p := range ps.Running {
		m.results.Peers[p.Name] = p.Version
	}
	maps.Copy(m.results.Missing, ps.Missing)
	return nil
}

// peak measures large products. It comes last: the memory that they take would
// count as the training step's.
func (m *measurer) peak() error {
	forms, flop := PeakForms(m.threads)
	var cs []*contender
	for _, f := range forms {
		cs = append(cs, m.here(f))
	}
	figures, err := m.turns(cs)
	for _, f := range figures {
		f.Layer, f.FLOP = "2048×2048×2048", flop
		m.results.Peaks = append(m.results.Peaks, f)
	}
	return err
}

// work measures one piece of work by every program.
func (m *measurer) work(w work) error {
	if w.list == MNISTList {
		return m.strong()
	}
	cs, err := m.contenders(w)
	if err != nil {
		return err
	}
	figures, err := m.turns(cs)
	for _, f := range figures {
		f.List, f.Layer, f.Pass, f.Batch, f.FLOP = w.list, w.layer.Name, w.pass, w.layer.Batch, w.flop()
		m.results.Figures = append(m.results.Figures, f)
	}
	if err == nil && w.training() && w.layer.Batch > 1 {
		err = m.memory()
	}
	return err
}

// contenders prepares every program's forms of a piece of work.
func (m *measurer) contenders(w work) ([]*contender, error) {
	var cs []*contender
	forms, err := m.forms(w)
	if err != nil {
		return nil, err
	}
	for _, f := range forms {
		cs = append(cs, m.here(f))
	}
	request := map[string]any{"op": "conv", "pass": w.pass, "layer": w.layer}
	if w.training() {
		request = map[string]any{"op": "step", "batch": w.layer.Batch}
	}
	for _, p := range m.peers.Running {
		if err := m.ctx.Err(); err != nil {
			return nil, err
		}
		names, failed, err := p.Prepare(request)
		if err != nil {
			return nil, err
		}
		for form, why := range failed {
			m.results.Missing[fmt.Sprintf("%s, %s: %s", p.Name, form, w)] = why
		}
		for _, name := range names {
			cs = append(cs, &contender{program: p.Name, form: name, time: func(s float64) ([]float64, error) { return p.Time(name, s) }})
		}
	}
	return cs, nil
}

// forms are this process's forms of a piece of work.
func (m *measurer) forms(w work) (forms []Form, err error) {
	if w.training() {
		if forms, err = StepForms(w.layer.Batch, m.threads); err != nil {
			return nil, err
		}
		if w.layer.Batch == 1 {
			f, err := trafficForm(m.threads)
			if err != nil {
				return nil, err
			}
			forms = append(forms, f)
		}
		if m.options.Naive && m.threads == 1 && w.layer.Batch == 1 {
			f, err := NaiveStep()
			return append(forms, f), err
		}
		return forms, nil
	}
	if forms, err = LayerForms(w.layer, w.pass, m.threads); err != nil {
		return nil, err
	}
	if m.options.Python != "" {
		// Beside other frameworks the forms that a user would take are enough.
		taken := []string{AutoForm, PackedForm, FastForm, PackedFastForm, Im2colForm}
		forms = slices.DeleteFunc(forms, func(f Form) bool { return f.Program == Unslide && !slices.Contains(taken, f.Name) })
	}
	if m.options.Naive && m.threads == 1 && float64(naivePairs(w.layer))*naiveSeconds(w.layer, w.pass) < 2 {
		forms = append(forms, naiveForm(w.layer, w.pass))
	}
	return forms, nil
}

// memory notes how much memory each process has taken at most so far. This
// process's counts where the training list comes first.
func (m *measurer) memory() error {
	first := m.results.Figures[0].List == TrainingList && m.threads == m.options.Threads[0]
	if peak := peakMemory(); first && peak > 0 {
		m.results.Memory = append(m.results.Memory, Memory{Unslide, m.threads, peak})
	}
	for _, p := range m.peers.Running {
		peak, err := p.PeakMemory()
		if err != nil {
			return err
		}
		m.results.Memory = append(m.results.Memory, Memory{p.Name, m.threads, peak})
	}
	return nil
}

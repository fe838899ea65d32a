package measure

import (
	"time"
)

// contender is a form of a program with what it has shown so far.
type contender struct {
	program, form string
	time          func(seconds float64) ([]float64, error)
	samples       []float64
}

// pause lets the threads of another program go to sleep: OpenMP's look for work
// for several milliseconds.
const pause = 25 * time.Millisecond

// A form is dropped that takes so many times as long as its program's best: of
// other frameworks sooner than of the engine, whose forms a user wants to see
// beside each other. Those that the summary counts stay: a mean without the
// layers where lowering is slowest would flatter it.
const (
	slower       = 1.5
	slowerEngine = 5
)

// turns times the contenders in turns and returns a figure for each that was
// not dropped, in their order.
func (m *measurer) turns(cs []*contender) ([]Figure, error) {
	last := ""
	for round := range m.options.Rounds {
		for _, c := range cs {
			if err := m.ctx.Err(); err != nil {
				return nil, err
			}
			if c.program != last {
				time.Sleep(pause)
				last = c.program
			}
			samples, err := c.time(m.options.Seconds)
			if err != nil {
				return nil, err
			}
			c.samples = append(c.samples, samples...)
		}
		if round == 0 {
			cs = leaders(cs)
		}
	}
	var figures []Figure
	for _, c := range cs {
		figures = append(figures, Figure{Threads: m.threads, Program: c.program, Form: c.form, Seconds: NewSpread(c.samples)})
	}
	return figures, nil
}

// leaders drops the forms far behind their program's best.
func leaders(cs []*contender) (kept []*contender) {
	best := map[string]float64{}
	for _, c := range cs {
		median := NewSpread(c.samples).Median
		if b, ok := best[c.program]; !ok || median < b {
			best[c.program] = median
		}
	}
	for _, c := range cs {
		allowed := slower * best[c.program]
		if c.program == Unslide {
			allowed = slowerEngine * best[c.program]
		}
		if c.form == AutoForm || c.form == PackedForm || c.form == Im2colForm || NewSpread(c.samples).Median <= allowed {
			kept = append(kept, c)
		}
	}
	return kept
}

// here is a contender in this process.
func (m *measurer) here(f Form) *contender {
	calls := 0
	return &contender{program: f.Program, form: f.Name, time: func(seconds float64) ([]float64, error) {
		if calls == 0 {
			calls = callsPerSample(f.Call)
		}
		var samples []float64
		for end := time.Now().Add(time.Duration(seconds * 1e9)); len(samples) == 0 || time.Now().Before(end); {
			start := time.Now()
			for range calls {
				f.Call()
			}
			samples = append(samples, time.Since(start).Seconds()/float64(calls))
		}
		return samples, nil
	}}
}

// callsPerSample warms a form up and finds how many calls fill a sample, as
// peers/serve.py does.
func callsPerSample(call func()) int {
	const sample = 2 * time.Millisecond
	call()
	for calls := 1; ; calls *= 2 {
		start := time.Now()
		for range calls {
			call()
		}
		if time.Since(start) >= sample {
			return calls
		}
	}
}

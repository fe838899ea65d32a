package engine

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/engine/internal/work"
	"github.com/unslide/unslide/im2col"
)

var (
	searchFor = flag.Duration("search", 0, "how long TestGeometries draws geometries; 0: a few")
	firstDraw = flag.Uint64("first", 0, "the number of the first geometry that TestGeometries draws")
	searchFew = flag.Int("geometries", 40, "how many geometries TestGeometries draws without -search")
)

// TestGeometries draws convolutions and computes every pass in every way. It
// runs for an hour with
//
//	go test ./engine -run TestGeometries -search 1h -timeout 0 -v
//
// and repeats draw 17 alone with -first 17 -geometries 1.
func TestGeometries(t *testing.T) {
	const mostFindings = 20
	count, last := *searchFew, time.Now().Add(*searchFor)
	if testing.Short() || raceEnabled {
		count = (count + 3) / 4
	}
	var seen tally
	said := time.Now()
	for i := *firstDraw; seen.geometries < count || *searchFor > 0 && time.Now().Before(last); i++ {
		r := rand.New(rand.NewPCG(i, 0))
		g, n := drawGeometry(r)
		if err := seen.check(r, g, n); err != nil {
			t.Errorf("draw %d: %v n=%d: %v", i, g, n, err)
			if seen.findings++; seen.findings == mostFindings {
				break
			}
		}
		seen.geometries++
		if time.Since(said) > 5*time.Minute {
			said = time.Now()
			t.Log(seen)
		}
	}
	t.Log(seen)
	if seen.results == 0 {
		t.Error("no result was compared")
	}
}

// tally counts what was tried.
type tally struct{ geometries, plans, results, fast, findings int }

func (s tally) String() string {
	return fmt.Sprintf("%d geometries, %d plans, %d results compared; %d of the results by Winograd", s.geometries, s.plans, s.results, s.fast)
}

// check computes a geometry in every way and returns the faults.
func (s *tally) check(r *rand.Rand, g im2col.Geometry, n int) error {
	d := define(r, g, n, []values{whole, whole, reals, notFinite}[r.IntN(4)])
	return errors.Join(waysOf[float32](s, r, d), waysOf[float64](s, r, d), pooling[float32](s, r, g, n), pooling[float64](s, r, g, n))
}

// waysOf computes a batch in every way.
func waysOf[T Float](s *tally, r *rand.Rand, d *defined) (faults error) {
	for _, w := range ways[T]() {
		crews := []int{1 + r.IntN(3)}
		if d.values == reals && cut.SizeOf[T]() == 4 {
			crews = []int{1, 2 + r.IntN(3)} // the same bits for any number
		}
		var first results[T]
		for _, workers := range crews {
			got, err := computed[T](s, d, append(w.opts, WithWorkers(workers)))
			if err == nil && first != nil {
				err = got.sameBits(first)
			}
			if err != nil {
				faults = errors.Join(faults, fmt.Errorf("%T, %s, %d workers: %w", *new(T), w.name, workers, err))
				break
			}
			first = got
		}
	}
	return faults
}

// computed makes a plan and computes its passes.
func computed[T Float](s *tally, d *defined, opts []Option) (got results[T], err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("panic: %v\n%s", x, debug.Stack())
		}
	}()
	plan, err := NewConv2D[T](d.g, opts...)
	if err != nil {
		return nil, err
	}
	s.plans++
	return passesOfPlan(s, plan, d)
}

// results are what the passes of a plan computed, by name.
type results[T Float] map[string][]T

func (x results[T]) sameBits(y results[T]) error {
	for name := range x {
		if i := differ(x[name], y[name]); i >= 0 {
			return fmt.Errorf("%s[%d] = %v, otherwise %v", name, i, x[name][i], y[name][i])
		}
	}
	return nil
}

// differ returns the first element whose bits differ, or −1.
func differ[T Float](x, y []T) int {
	for i := range x {
		same := math.Float64bits(float64(x[i])) == math.Float64bits(float64(y[i]))
		if !same && (x[i] == x[i] || y[i] == y[i]) { // NaN is NaN
			return i
		}
	}
	return -1
}

// passesOfPlan computes every pass of a plan between guard zones, in workspaces full
// of NaN, and compares each with the definition.
func passesOfPlan[T Float](s *tally, plan *Conv2D[T], d *defined) (all results[T], faults error) {
	dirty(plan, d.n)
	src, filter, bias, dDst := trial.Source[T](d.src), trial.Source[T](d.filter), trial.Source[T](d.bias), trial.Source[T](d.dDst)
	packed := plan.Pack(filter.Data)
	all = results[T]{}
	for _, p := range []struct {
		name    string
		pass    Pass
		want    *sums
		compute func(out []T)
	}{
		{"dst", PassForward, &d.dst, func(out []T) { plan.Forward(out, src.Data, filter.Data, bias.Data) }},
		{"dSrc", PassData, &d.dSrc, func(out []T) { plan.BackwardData(out, dDst.Data, filter.Data) }},
		{"dFilter", PassFilter, &d.dFilter, func(out []T) { plan.BackwardFilter(out, nil, src.Data, dDst.Data) }},
		{"dst of the packed filter", PassPacked, &d.dst, func(out []T) { plan.ForwardPacked(out, src.Data, packed, bias.Data) }},
		{"dBias", PassFilter, &d.dBias, func(out []T) {
			dFilter := trial.Destination[T](len(filter.Data))
			plan.BackwardFilter(dFilter.Data, out, src.Data, dDst.Data)
			if i := differ(dFilter.Data, all["dFilter"]); i >= 0 {
				panic(fmt.Sprintf("dFilter[%d] = %v with dBias, %v without", i, dFilter.Data[i], all["dFilter"][i]))
			}
		}},
	} {
		got := trial.Destination[T](len(p.want.of))
		p.compute(got.Data)
		all[p.name] = got.Data
		s.results++
		choice := plan.Choices()[p.pass]
		fast := choice.For(d.n) == Winograd && p.name != "dBias"
		if fast {
			s.fast++
		}
		may := func(i int) bool { return d.mayNotBeFinite(p.want, i, fast) }
		if err := compared(got, p.want, d.values, fast, may); err != nil {
			faults = errors.Join(faults, fmt.Errorf("%s, %s: %w", p.name, choice, err))
		}
	}
	for name, x := range map[string][2][]T{
		"src": {src.All, trial.Source[T](d.src).All}, "filter": {filter.All, trial.Source[T](d.filter).All},
		"bias": {bias.All, trial.Source[T](d.bias).All}, "dDst": {dDst.All, trial.Source[T](d.dDst).All},
	} {
		if i := differ(x[0], x[1]); i >= 0 {
			faults = errors.Join(faults, fmt.Errorf("%s was written to, at %d", name, i-trial.Margin))
		}
	}
	if c := plan.Choices(); c[PassForward].For(d.n) == c[PassPacked].For(d.n) {
		if i := differ(all["dst"], all["dst of the packed filter"]); i >= 0 {
			faults = errors.Join(faults, fmt.Errorf("dst[%d] of the packed filter has other bits, though both are by %v", i, c[PassForward].For(d.n)))
		}
	}
	return all, faults
}

// dirty lets a plan compute with nothing but NaN, and fills with it what the plan
// and its workers keep.
func dirty[T Float](plan *Conv2D[T], n int) {
	g := plan.Geometry()
	in, out, filter, bias := trial.Destination[T](n*g.InputLen()), trial.Destination[T](n*g.OutputLen()), trial.Destination[T](g.FilterLen()), trial.Destination[T](g.OC)
	plan.Forward(make([]T, len(out.Data)), in.Data, filter.Data, bias.Data)
	plan.ForwardPacked(make([]T, len(out.Data)), in.Data, plan.Pack(filter.Data), bias.Data)
	plan.BackwardFilter(make([]T, len(filter.Data)), make([]T, len(bias.Data)), in.Data, out.Data)
	plan.BackwardData(make([]T, len(in.Data)), out.Data, filter.Data)
	nan := T(math.NaN())
	spoil := func(x []T) {
		for i := range x {
			x[i] = nan
		}
	}
	call := plan.calls.Get()
	spoil(call.shared)
	plan.calls.Put(call)
	for _, space := range work.Workspaces[T](plan.pool) {
		spoil(space)
	}
}

// compared compares results with the definition: exactly if they are whole
// numbers, else within the bound that the algorithm states. What may not be finite
// need not be.
func compared[T Float](got trial.Guarded[T], want *sums, v values, fast bool, may func(i int) bool) error {
	epsilon := 0x1p-24
	if cut.SizeOf[T]() == 8 {
		epsilon = 0x1p-53
	}
	direct := float64(want.terms) * (epsilon + 0x1p-53) // the definition is computed in float64
	bound := func(i int) float64 {
		switch {
		case fast:
			return winogradBound * epsilon * want.even[i%len(want.even)]
		case v != reals:
			return 0
		}
		return direct / (1 - direct) * want.abs[i]
	}
	for i, x := range got.Data {
		y := want.of[i]
		if y-y != 0 { // not finite
			if x-x == 0 {
				return fmt.Errorf("[%d] = %v, want %v", i, x, y)
			}
			continue
		}
		if x-x != 0 && may(i) {
			continue
		}
		if diff := math.Abs(float64(x) - y); !(diff <= bound(i)) {
			return fmt.Errorf("[%d] = %v, want %v ± %g", i, x, y, bound(i))
		}
	}
	return got.Outside()
}

package nn

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/internal/trial"
)

// TestTrainsAsTheArticle trains in float64 from the golden start and compares
// every loss, every right or wrong, and the parameters after 1000 steps with
// those of the article's own program.
func TestTrainsAsTheArticle(t *testing.T) {
	var want struct {
		Loss    []float64     `json:"loss"`
		Correct []bool        `json:"correct"`
		ConvW1  [][][]float64 `json:"conv_w_1_after"`
		ConvB1  []float64     `json:"conv_b_1_after"`
		ConvW2  [][][]float64 `json:"conv_w_2_after"`
		ConvB2  []float64     `json:"conv_b_2_after"`
		FcB1    []float64     `json:"fc_b_1_after"`
		FcB2    []float64     `json:"fc_b_2_after"`
	}
	if err := json.Unmarshal(readGolden(t, "article_trace.json.gz"), &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Loss) != 1000 || len(want.Correct) != 1000 || len(want.ConvW2) != 100 {
		t.Fatalf("%d losses, %d corrects, %d kernels: want 1000, 1000, 100", len(want.Loss), len(want.Correct), len(want.ConvW2))
	}
	steps := 1000
	if raceEnabled {
		steps = 30
	}
	tr := trainer[float64](t, Article(), thousand(t), ArticleConfig())
	for i := range steps {
		s := take(t, tr)
		if w := want.Loss[i]; !(math.Abs(s.Loss-w) <= 1e-9*w) {
			t.Fatalf("step %d: loss %v, the article's program %v", i+1, s.Loss, w)
		}
		if (s.Correct == 1) != want.Correct[i] {
			t.Fatalf("step %d: %d right, the article's program %v", i+1, s.Correct, want.Correct[i])
		}
	}
	if raceEnabled {
		return
	}
	check := func(name string, want []float64) {
		i := slices.IndexFunc(tr.Model().Params(), func(p Param[float64]) bool { return p.Name == name })
		for k, x := range tr.Model().Params()[i].Data {
			if !(math.Abs(x-want[k]) <= 1e-9*max(1, math.Abs(want[k]))) {
				t.Fatalf("%s[%d] = %v after 1000 steps, the article's program %v", name, k, x, want[k])
			}
		}
	}
	check("conv_w_1", hwio(want.ConvW1))
	check("conv_b_1", want.ConvB1)
	check("conv_w_2", hwio(want.ConvW2))
	check("conv_b_2", want.ConvB2)
	check("fc_b_1", want.FcB1)
	check("fc_b_2", want.FcB2)
}

// hwio puts kernel ci·maps+co at [kh][kw][ci][co].
func hwio(kernels [][][]float64) (w []float64) {
	for kh := range kernels[0] {
		for kw := range kernels[0][0] {
			for _, k := range kernels {
				w = append(w, k[kh][kw])
			}
		}
	}
	return w
}

// trainings are different ways to train, each with the network for it.
func trainings() map[string]struct {
	network Network
	config  Config
} {
	type training = struct {
		network Network
		config  Config
	}
	return map[string]training{
		"article": {small(), Config{Epochs: 2, Batch: 1, Limit: 30, Order: Order{Kind: Natural}, Optimizer: ArticleOptimizer()}},
		"batch":   {small(), Config{Epochs: 3, Batch: 16, Limit: 100, Order: Order{Kind: Shuffled, Seed: 9}, Optimizer: ArticleOptimizer()}},
		"adam": {Strong(), Config{Epochs: 2, Batch: 32, Limit: 200, Order: Order{Kind: Shuffled, Seed: 9},
			Optimizer: Optimizer{Method: Adam, Rate: 0.01, Schedule: OneCycle}}},
		"listed": {ArticleExperiment(), Config{Epochs: 1, Batch: 4, Order: Order{Kind: Listed, List: []int{5, 5, 900, 3, 8, 2, 1, 0, 7, 999}}, Optimizer: ArticleOptimizer()}},
	}
}

func sameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Fatalf("%s %d: %v, want the same bits as %v", what, i, got[i], want[i])
		}
	}
}

func testSameBitsForAnyWorkers[T engine.Float](t *testing.T) {
	for name, c := range trainings() {
		t.Run(name, func(t *testing.T) {
			var want *Weights
			counts := []int{1, 2, 3}
			if raceEnabled {
				counts = []int{1, 3}
			}
			for _, workers := range counts {
				m, err := New[T](c.network, engine.WithWorkers(workers))
				if err != nil {
					t.Fatal(err)
				}
				m.Init(4)
				tr, err := NewTrainer(m, thousand(t), c.config)
				if err != nil {
					t.Fatal(err)
				}
				if err := tr.Run(t.Context(), Hooks{}); err != nil {
					t.Fatal(err)
				}
				got := tr.Checkpoint()
				if want == nil {
					want = got
					continue
				}
				sameBits(t, "loss", got.Training.Losses, want.Training.Losses)
				sameTensors(t, got.Tensors, want.Tensors)
			}
		})
	}
}

func TestSameBitsForAnyWorkers(t *testing.T) {
	t.Run("float32", testSameBitsForAnyWorkers[float32])
	t.Run("float64", testSameBitsForAnyWorkers[float64])
}

// TestReports counts reports over epochs whose steps are no multiple of theirs.
func TestReports(t *testing.T) {
	c := Config{Epochs: 2, Batch: 3, Limit: 70, Order: Order{Kind: Natural}, Optimizer: ArticleOptimizer(), ReportEvery: 10}
	tr := trainer[float64](t, small(), thousand(t), c)
	var steps []Step
	var got []Report
	if err := tr.Run(t.Context(), Hooks{Step: func(s Step) { steps = append(steps, s) }, Report: func(r Report) { got = append(got, r) }}); err != nil {
		t.Fatal(err)
	}
	// 24 steps an epoch, the last of one image.
	want := []Report{
		{Step: 10, Epoch: 1, Done: 30, Steps: 10}, {Step: 20, Epoch: 1, Done: 60, Steps: 10}, {Step: 24, Epoch: 1, Done: 70, Steps: 4},
		{Step: 30, Epoch: 2, Done: 18, Steps: 6}, {Step: 40, Epoch: 2, Done: 48, Steps: 10}, {Step: 48, Epoch: 2, Done: 70, Steps: 8},
	}
	if len(steps) != 48 || steps[23].Images != 1 || steps[23].Epoch != 1 || steps[24].Epoch != 2 {
		t.Fatalf("%d steps, the 24th %+v: want 48, one image", len(steps), steps[23])
	}
	if len(got) != len(want) {
		t.Fatalf("%d reports, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		images, correct := 0, 0
		for _, s := range steps[g.Step-g.Steps : g.Step] {
			w.Loss += s.Loss / float64(g.Steps)
			images += s.Images
			correct += s.Correct
		}
		w.Accuracy = float64(correct) / float64(images)
		if !(math.Abs(g.Loss-w.Loss) <= 1e-12*w.Loss) || !(math.Abs(g.Accuracy-w.Accuracy) <= 1e-12) {
			t.Errorf("report %+v, want %+v", g, w)
		}
		w.Loss, w.Accuracy = g.Loss, g.Accuracy
		if g != w {
			t.Errorf("report %+v, want %+v", g, w)
		}
	}
}

func TestOrders(t *testing.T) {
	seen := map[string]bool{}
	for _, seed := range []uint64{0, 1} {
		for epoch := range 3 {
			order := make([]int, 500)
			Order{Kind: Shuffled, Seed: seed}.Epoch(order, epoch, 500)
			seen[fmt.Sprint(order)] = true
			first := make([]int, 20)
			Order{Kind: Shuffled, Seed: seed}.Epoch(first, epoch, 500)
			if !slices.Equal(first, order[:20]) {
				t.Errorf("the first 20 are %v, want the begin of %v", first, order[:20])
			}
			slices.Sort(order)
			for i, v := range order {
				if i != v {
					t.Fatalf("seed %d, epoch %d: %d is missing", seed, epoch, i)
				}
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d different orders, want 6", len(seen))
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, c := range trainings() {
		c.config.Epochs, c.config.Limit = 100, 0 // a new epoch makes a new order
		if c.config.Order.Kind == Listed {
			c.config.Order = Order{Kind: Natural}
		}
		tr := trainer[float32](t, c.network, thousand(t), c.config)
		for range 5 {
			take(t, tr)
		}
		if n := trial.Allocations(10, func() { take(t, tr) }); n != 0 {
			t.Errorf("%s: %v allocations a step, want 0", name, n)
		}
	}
}

// The history is as long as the training has come, not as it is to be.
func TestHistoryGrowsAsItGoes(t *testing.T) {
	c := ArticleConfig()
	c.Epochs, c.Limit = maxEpochs, 3
	tr := trainer[float32](t, Article(), thousand(t), c)
	for epoch := range 3 {
		for range tr.StepsPerEpoch() {
			take(t, tr)
		}
		if most := 16 * (epoch + 1) * tr.StepsPerEpoch(); cap(tr.losses) > most || cap(tr.correct) > most {
			t.Errorf("room for %d losses after %d steps of %d: want at most %d", cap(tr.losses), tr.Taken(), tr.Steps(), most)
		}
	}
	again := trainer[float32](t, Article(), thousand(t), c)
	if err := again.Resume(tr.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	if most := 16 * tr.Taken(); cap(again.losses) > most || cap(again.correct) > most {
		t.Errorf("resumed after %d steps: room for %d losses, want at most %d", tr.Taken(), cap(again.losses), most)
	}
}

func TestDivergenceStops(t *testing.T) {
	c := ArticleConfig()
	c.Optimizer.Rate = 1e38
	tr := trainer[float32](t, small(), thousand(t), c)
	err := tr.Run(t.Context(), Hooks{})
	if err == nil || !strings.Contains(err.Error(), "the loss is") || tr.Taken() > 10 {
		t.Errorf("%d steps, error %v: want one soon that tells of the loss", tr.Taken(), err)
	}
}

// TestDivergenceOfTheLastStepIsFound: no later step's loss tells of it.
func TestDivergenceOfTheLastStepIsFound(t *testing.T) {
	for _, network := range []Network{small(), Strong()} {
		for _, rate := range []float64{1e30, 1e20} {
			c := ArticleConfig()
			c.Limit, c.Optimizer.Rate = 1, rate
			single, double := trainer[float32](t, network, thousand(t), c), trainer[float64](t, network, thousand(t), c)
			for i, err := range []error{single.Run(t.Context(), Hooks{}), double.Run(t.Context(), Hooks{})} {
				if err == nil || !strings.Contains(err.Error(), " after step 1: want a smaller rate than 1e+") {
					t.Errorf("run %d at rate %v: error %v: want one that tells of step 1", i, rate, err)
				}
			}
		}
	}
	// A parameter that no image reaches is found by itself.
	m, err := New[float32](small())
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	if err := m.Diverged(make([]float32, 2*m.InputLen())); err != nil {
		t.Errorf("a fresh model: %v", err)
	}
	for _, p := range m.Params() {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			last := len(p.Data) - 1
			was := p.Data[last]
			p.Data[last] = float32(bad)
			if err := m.Diverged(nil); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%s[%d] is %v", p.Name, last, bad)) {
				t.Errorf("error %v: want it to name %s[%d]", err, p.Name, last)
			}
			p.Data[last] = was
		}
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	m, err := New[float32](small())
	if err != nil {
		t.Fatal(err)
	}
	none, err := data.NewSet(data.Shape{H: 27, W: 28, C: 1}, 10, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewTrainer(m, none, Config{
		Epochs: 0, Batch: -1, Limit: -2, ReportEvery: -3, Order: Order{Kind: "up"},
		Optimizer: Optimizer{Method: "sgdd", Rate: math.NaN(), Schedule: "x", Beta1: 1, Epsilon: math.Inf(1)},
	})
	for _, want := range []string{"27×28", "epochs 0", "batch -1", "limit -2", "every -3", `order "up"`, `"sgdd"`, "rate NaN", `schedule "x"`, "beta1 1", "epsilon +Inf", "images 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want it to name %q", err, want)
		}
	}
	c := ArticleConfig()
	c.Order = Order{Kind: Listed, List: []int{0, 1000}}
	if _, err := NewTrainer(m, thousand(t), c); err == nil || !strings.Contains(err.Error(), "order with image 1000 as entry 2: want 0 to 999") {
		t.Errorf("error %v: want it to name entry 2", err)
	}
}

// TestTraceNamesLayersAndPhases traces one step.
func TestTraceNamesLayersAndPhases(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	m, err := New[float32](small(), engine.WithWorkers(2), engine.WithTrace(func(s engine.Span) {
		mu.Lock()
		defer mu.Unlock()
		seen[s.Layer+" "+s.Phase] = true
	}))
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	tr, err := NewTrainer(m, thousand(t), ArticleConfig())
	if err != nil {
		t.Fatal(err)
	}
	take(t, tr)
	for _, want := range []string{
		"conv_1 forward", "pool_1 forward", "conv_2 forward", "fc_1 forward", "fc_2 forward", "softmax loss",
		"fc_2 backward-update", "fc_1 backward-activation", "fc_1 backward-update", "conv_2 backward-activation",
		"conv_2 backward-data", "conv_2 backward-filter", "conv_2 update", "pool_1 backward-data", "conv_1 backward-filter", "conv_1 update",
	} {
		if !seen[want] {
			t.Errorf("no span %q among %v", want, seen)
		}
	}
}

// The rates are those of PyTorch 2.15's OneCycleLR(max_lr=1, total_steps=n).
func TestOneCycle(t *testing.T) {
	o := Optimizer{Method: Adam, Rate: 0.5, Schedule: OneCycle}
	for _, want := range [][]float64{
		{4e-06},
		{0.811745653949763, 4e-06},
		{0.9944154354509117, 0.46263710266697505, 4e-06},
		{0.04, 0.811745653949763, 0.28306099820869923, 4e-06},
		{0.04, 0.9504846320134737, 0.6112620219362893, 0.18825834605023697, 4e-06},
		{0.04, 0.9944154354509117, 0.811745653949763, 0.46263710266697505, 0.1334775301888306, 4e-06},
		{0.04, 0.9805566273349586, 0.9190443762697106, 0.6726838364805451, 0.35773877573965707, 0.0992967918932656, 4e-06},
		{0.04, 0.819275104892192, 0.9719417773875232, 0.811745653949763, 0.5559840141227016, 0.28306099820869923, 0.0766415938342564, 4e-06},
		{0.04, 0.6513582352345999, 0.9944154354509117, 0.8985666593464469, 0.7056447289910996, 0.46263710266697505, 0.22872995315964806, 0.060892969758032406, 4e-06},
		{0.04, 0.52, 1, 0.9504846320134737, 0.8117456539497631, 0.6112620219362893, 0.38874197806371075, 0.18825834605023697, 0.049519367986526286, 4e-06},
	} {
		for step, rate := range want {
			if got := o.RateAt(step, len(want)); !(math.Abs(got-0.5*rate) <= 1e-15) {
				t.Errorf("step %d of %d: rate %v, want %v", step, len(want), got, 0.5*rate)
			}
		}
	}
	for step, rate := range map[int]float64{0: 0.04, 1: 0.042813780565907456, 14: 0.49401332387899954, 28: 0.9971862194340926, 29: 1,
		30: 0.9994965352845243, 31: 0.9979871550490316, 64: 0.500002, 98: 0.0005074647154757879, 99: 4e-06} {
		if got := o.RateAt(step, 100); !(math.Abs(got-0.5*rate) <= 1e-15) {
			t.Errorf("step %d of 100: rate %v, want %v", step, got, 0.5*rate)
		}
	}
}

package measure

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/unslide/unslide/bench/shapes"
)

const goTestOutput = `blas: openblas
BenchmarkConv
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=naive
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=naive-2 	 10	 5 ns/op	 0.0125 GFLOP/s	 9 B/op
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=im2col
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=im2col-2 	 10	 5 ns/op	 50 GFLOP/s
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=im2col-2 	 10	 5 ns/op	 30 GFLOP/s
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=im2col-2 	 10	 5 ns/op	 20 GFLOP/s
BenchmarkConv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=auto-2 	 10	 5 ns/op	 45 GFLOP/s
BenchmarkStep/batch=128/algo=auto-2 	 10	 5 ns/op	 9 GFLOP/s
BenchmarkPeak/algo=sgemm-openblas-2 	 10	 5 ns/op	 180 GFLOP/s
BenchmarkPeak/algo=sgemm-packed-2 	 10	 5 ns/op	 200 GFLOP/s
`

// TestFactors: medians and their quotients stand side by side, in 80 columns,
// and what runs is told as it begins.
func TestFactors(t *testing.T) {
	var running []string
	f, err := ReadFactors(strings.NewReader(goTestOutput+"PASS\nok  	bench	1s\n"), func(b string) { running = append(running, b) })
	if err != nil {
		t.Fatal(err)
	}
	if len(running) != 3 || running[2] != "Conv/layer=deepbench-161x700x1_5x20_s2_32/pass=forward/algo=im2col" {
		t.Errorf("running %q: want Conv and two of its ways", running)
	}
	var out strings.Builder
	if err := f.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
		rows = append(rows, strings.Fields(line))
	}
	for i, want := range []string{
		"deepbench-161x700x1_5x20_s2_32",
		"forward 0.013 30 45 2400 3600 1.50",
		"step, batch 128 – – 9.00 – – –",
	} {
		if got := strings.Join(rows[2+i], " "); got != want {
			t.Errorf("row %q: want %q", got, want)
		}
	}
	if want := "by OpenBLAS.\nA large product of matrices reaches 200 GFLOP/s.\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("the table ends in %q: want %q", out.String()[out.Len()-100:], want)
	}
}

func TestFactorsRefuse(t *testing.T) {
	for text, says := range map[string]string{
		"":                                      "did not end",
		goTestOutput:                            "did not end",
		"PASS\n":                                "no benchmark gave a speed",
		goTestOutput + "--- FAIL: BenchmarkX\n": "failed: --- FAIL: BenchmarkX",
		"FAIL	bench [build failed]\n":           "failed: FAIL",
	} {
		if _, err := ReadFactors(strings.NewReader(text), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.30q…: %v: want an error with %q", text, err, says)
		}
	}
}

// TestNaiveSecondsAreRight: the estimate that leaves layers out is, but for the
// machine's speed, within a few times of what they take.
func TestNaiveSecondsAreRight(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("measures time")
	}
	list, err := shapes.Layers("lenet")
	if err != nil {
		t.Fatal(err)
	}
	names, ratios := []string{}, []float64{}
	for _, l := range list.Layers {
		for _, p := range Passes() {
			if estimate := naiveSeconds(l, p); estimate > 1e-5 {
				names = append(names, l.Name+" "+string(p))
				ratios = append(ratios, least(5, naivePair(l, p))/estimate)
			}
		}
	}
	sorted := slices.Sorted(slices.Values(ratios))
	machine := sorted[len(sorted)/2]
	for i, r := range ratios {
		if !(r < 4*machine && machine < 4*r) {
			t.Errorf("%s takes %.2g times its estimate, the layer in the middle %.2g times", names[i], r, machine)
		}
	}
}

// least returns the shortest of some calls, in seconds.
func least(calls int, f func()) float64 {
	shortest := 1e9
	for range calls {
		begin := time.Now()
		f()
		shortest = min(shortest, time.Since(begin).Seconds())
	}
	return shortest
}

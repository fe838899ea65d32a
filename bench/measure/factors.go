package measure

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/perf/benchfmt"
)

// Factors are the speeds of this package's benchmarks, side by side.
type Factors struct {
	rows []*factorRow
	// Peak is the fastest large product of matrices, in GFLOP/s; 0 if there is
	// none.
	Peak float64
}

// factorRow is a piece of work with the speeds of each way to do it.
type factorRow struct {
	layer, pass string
	speeds      map[string][]float64 // GFLOP/s by algo
}

// ReadFactors reads the output of go test -bench with -v as it comes. running,
// unless nil, hears of each benchmark when it begins. Its error says that the
// benchmarks failed or did not end.
func ReadFactors(r io.Reader, running func(benchmark string)) (*Factors, error) {
	f, ended := &Factors{}, false
	for lines := bufio.NewScanner(r); ; {
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return f, fmt.Errorf("measure: %w", err)
			}
			break
		}
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "Benchmark"); ok && running != nil && !strings.ContainsAny(name, " \t") {
			running(name)
		}
		if strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "--- FAIL") {
			return f, fmt.Errorf("measure: the benchmarks failed: %s", line)
		}
		ended = ended || strings.HasPrefix(line, "ok ") || line == "PASS"
		f.add(line)
	}
	switch {
	case !ended:
		return f, errors.New("measure: the benchmarks did not end: want a line that says ok or PASS")
	case len(f.rows) == 0:
		return f, errors.New("measure: no benchmark gave a speed in GFLOP/s")
	}
	return f, nil
}

// add takes a line, if it is a result.
func (f *Factors) add(line string) {
	r := benchfmt.NewReader(strings.NewReader(line+"\n"), "")
	for r.Scan() {
		result, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue
		}
		speed, ok := result.Value("GFLOP/s")
		if !ok {
			continue
		}
		base, parts := result.Name.Parts()
		var layer, pass, algo string
		for _, p := range parts {
			key, value, _ := strings.Cut(strings.TrimPrefix(string(p), "/"), "=")
			switch key {
			case "layer":
				layer = value
			case "batch":
				layer = "step, batch " + value
			case "pass":
				pass = value
			case "algo":
				algo = value
			}
		}
		if string(base) == "Peak" {
			f.Peak = max(f.Peak, speed)
			continue
		}
		row := f.row(layer, pass)
		row.speeds[algo] = append(row.speeds[algo], speed)
	}
}

// row returns the row of a piece of work.
func (f *Factors) row(layer, pass string) *factorRow {
	for _, r := range f.rows {
		if r.layer == layer && r.pass == pass {
			return r
		}
	}
	r := &factorRow{layer: layer, pass: pass, speeds: map[string][]float64{}}
	f.rows = append(f.rows, r)
	return r
}

// speed returns the median speed of the first of the ways that was measured, 0
// if none was.
func (r *factorRow) speed(algos ...string) float64 {
	for _, a := range algos {
		if s := slices.Sorted(slices.Values(r.speeds[a])); len(s) > 0 {
			return s[len(s)/2]
		}
	}
	return 0
}

// WriteTable writes a table of speeds and factors that fits 80 columns.
func (f *Factors) WriteTable(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(layer, pass string, cells ...any) {
		if utf8.RuneCountInString(layer) > 18 {
			fmt.Fprintln(b, layer)
			layer = ""
		}
		fmt.Fprintf(b, "%-18s %-7s%9s%9s%9s%9s%9s%9s\n", append([]any{layer, pass}, cells...)...)
	}
	line("", "", "sliding", "im2col", "engine", "im2col", "engine", "engine")
	line("layer", "pass", "GFLOP/s", "GFLOP/s", "GFLOP/s", "/sliding", "/sliding", "/im2col")
	number := func(x float64) string {
		switch {
		case x == 0:
			return "–"
		case x < 0.1:
			return fmt.Sprintf("%.2g", x)
		case x < 10:
			return fmt.Sprintf("%.2f", x)
		}
		return fmt.Sprintf("%.0f", x)
	}
	ratio := func(a, b float64) string {
		if a == 0 || b == 0 {
			return "–"
		}
		return number(a / b)
	}
	for _, r := range f.rows {
		sliding, im2col, engine := r.speed(Naive), r.speed(Im2colForm, Im2colForm+"-packed", Im2colForm+"-gonum"), r.speed(AutoForm)
		line(r.layer, r.pass, number(sliding), number(im2col), number(engine),
			ratio(im2col, sliding), ratio(engine, sliding), ratio(engine, im2col))
	}
	fmt.Fprintf(b, `
Medians. Sliding is naive: float64 on one goroutine, of one pair of maps. im2col
and engine (what it chooses by itself) are float32 on GOMAXPROCS goroutines;
im2col multiplies by %s.
`, f.blas())
	if f.Peak > 0 {
		fmt.Fprintf(b, "A large product of matrices reaches %.0f GFLOP/s.\n", f.Peak)
	}
	return b.Flush()
}

// blas names the library that im2col's column multiplied by.
func (f *Factors) blas() string {
	for _, b := range []struct{ algo, name string }{{Im2colForm, "OpenBLAS"}, {Im2colForm + "-packed", "the engine's own products"}, {Im2colForm + "-gonum", "gonum's"}} {
		if slices.ContainsFunc(f.rows, func(r *factorRow) bool { return r.speed(b.algo) > 0 }) {
			return b.name
		}
	}
	return "nothing that was measured"
}

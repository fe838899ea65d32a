package verify

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/internal/golden"
)

// goldenFiles lists the golden files and how many cases each has.
var goldenFiles = map[string]int{
	"article_conv.jsonl.gz":          120, // by the article's own program
	"article_maxpool.jsonl.gz":       60,
	"conv_torch.jsonl.gz":            240, // by PyTorch 2.15
	"conv_transposed_torch.jsonl.gz": 60,
	"maxpool_torch.jsonl.gz":         80,
	"conv_tensorflow.jsonl.gz":       160, // by TensorFlow 2.21
}

func TestVerify(t *testing.T) {
	if raceEnabled {
		t.Skip("slow, and the goroutines are the engine's, whose own tests run here")
	}
	var o Options
	for name := range goldenFiles {
		o.Files = append(o.Files, filepath.Join("../../internal/golden/testdata", name))
	}
	v := verifier{ctx: context.Background(), options: o, paths: Paths()}
	report, err := v.run()
	if err != nil {
		t.Error(err)
	}
	var table strings.Builder
	if err := report.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	if len(report.Rows) != len(v.paths)*(1+len(o.Files)) {
		t.Fatalf("%d rows: want one for each path and source", len(report.Rows))
	}
	ran := map[string]int{}
	for _, row := range report.Rows {
		if n, ok := goldenFiles[row.Source]; ok && row.Cases+row.Skipped != n {
			t.Errorf("%s: %v: %d cases: want %d", row.Source, row.Path, row.Cases+row.Skipped, n)
		}
		ran[row.Source] = max(ran[row.Source], row.Cases)
		if strings.HasPrefix(row.Source, "conv_") && row.Path.Algorithm != engine.Winograd && row.Exact != row.Cases {
			t.Errorf("%s: %v: %d of %d cases exact: want all", row.Source, row.Path, row.Exact, row.Cases)
		}
	}
	for source, n := range ran {
		if want, ok := goldenFiles[source]; n == 0 || ok && n != want {
			t.Errorf("%s: no path ran more than %d cases", source, n)
		}
	}
}

// A verification that cannot fail proves nothing: each number that a case
// wants is changed in turn, and every change has to be found.
func TestVerifyFindsErrors(t *testing.T) {
	var conv *convProblem
	for _, c := range shapes.Cases() {
		if c.Name == "groups2" {
			conv = newConvProblem(c.Name, c.Geometry, c.Batch, 0, false)
		}
	}
	for name, wanted := range map[string][]float64{
		"dst": conv.want.Dst, "dSrc": conv.want.DSrc, "dFilter": conv.want.DFilter, "dBias": conv.want.DBias,
	} {
		for _, path := range Paths() {
			i := len(wanted) / 2
			right := wanted[i]
			wanted[i] += 1e-3
			out, err := conv.check(path, 2)
			if !out.skipped && (err == nil || !strings.Contains(err.Error(), name+"[")) {
				t.Errorf("%v: a wrong %s gave the error %v", path, name, err)
			}
			wanted[i] = right
		}
	}
}

func TestVerifyFiles(t *testing.T) {
	first := firstLine(t, "conv_torch.jsonl.gz")
	for name, test := range map[string]struct{ text, want string }{
		"empty":     {"", "no cases"},
		"blank":     {"\n\n", "no cases"},
		"malformed": {first + "\n{\"n\": 1,\n", "line 2: unexpected end of JSON"},
		"unknown":   {`{"answer": 42}`, "line 1: the fields are those of no known kind"},
		"short":     {strings.Replace(first, `"x":[`, `"x":[1,`, 1), "line 1: x: "},
		"foreign":   {strings.Replace(first, `{`, `{"extra": 1, `, 1), `line 1: json: unknown field "extra"`},
		"claims":    {strings.Replace(first, `"h":`, `"h":99999`, 1), "line 1: "},
		"wrong":     {strings.Replace(first, `"y":[`, `"y":[1`, 1), "1 of 1 cases failed"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cases.jsonl")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			v := verifier{ctx: context.Background(), paths: Paths()[:1]}
			err := v.source(file, func(visit func(problem) error) error { return readGolden(file, visit) })
			for _, row := range v.report.Rows {
				if row.Failed > 0 {
					err = errors.Join(err, errors.New("1 of 1 cases failed"))
				}
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v: want one with %q", err, test.want)
			}
		})
	}
	if _, err := Run(cancelled(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error of a cancelled run: %v", err)
	}
	if err := readGolden("missing.jsonl", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error for a missing file: %v", err)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func FuzzGolden(f *testing.F) {
	for name := range goldenFiles {
		f.Add([]byte(firstLine(f, name)))
	}
	path := Paths()[0]
	f.Fuzz(func(t *testing.T, line []byte) {
		c, err := golden.Parse(line)
		if err != nil {
			return
		}
		p, err := goldenProblem("line 1", c)
		if err != nil {
			return
		}
		p.check(path, 1) // wrong numbers are found, not fatal
	})
}

// TestTableFits: without files, each path's line fits 80 columns.
func TestTableFits(t *testing.T) {
	var r Report
	for _, p := range Paths() {
		r.Rows = append(r.Rows, Row{Source: builtInName, Path: p, Cases: 162, Exact: 77, Skipped: 24, Worst: 0.105})
	}
	var table strings.Builder
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(table.String()) {
		if !strings.HasPrefix(line, builtInName) {
			continue
		}
		lines++
		if n := utf8.RuneCountInString(line) - 1; n >= 80 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	if lines != len(r.Rows) {
		t.Errorf("%d lines of paths: want %d", lines, len(r.Rows))
	}
}

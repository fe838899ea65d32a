package measure

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestWriteByLine: each figure has a line to itself, whatever its names hold, and
// the file reads as it did before it was broken.
func TestWriteByLine(t *testing.T) {
	r := &Results{
		Machine: Machine{CPU: `a "CPU", {fast}`, BLAS: []string{"one", `two\`}},
		Missing: map[string]string{"JAX": "no module: [jax]\n\\\""},
		Figures: []Figure{
			{Layer: "a", FLOP: 17179869184, Seconds: NewSpread([]float64{0.123456789})},
			{Layer: "b,}", Seconds: NewSpread([]float64{1.5e-7})},
		},
	}
	var kept bytes.Buffer
	if err := r.Write(&kept); err != nil {
		t.Fatal(err)
	}
	again := new(Results)
	if err := json.Unmarshal(kept.Bytes(), again); err != nil {
		t.Fatalf("%v in\n%s", err, &kept)
	}
	if !reflect.DeepEqual(again, r) {
		t.Errorf("read %+v, written %+v", again, r)
	}
	for _, want := range []string{
		"\n  {\"list\": \"\", \"layer\": \"a\", \"flop\": 17179869184, \"threads\": 0, \"program\": \"\", \"form\": \"\", \"seconds\": {\"median\": 0.12346, \"low\": 0.12346, \"high\": 0.12346, \"samples\": 1}},\n",
		"\n  \"cores\": 0,\n",
	} {
		if !strings.Contains(kept.String(), want) {
			t.Errorf("no line %q in\n%s", want, &kept)
		}
	}
}

// TestKeptResults: the files that are kept are written as they would be today.
func TestKeptResults(t *testing.T) {
	files, err := filepath.Glob("../results/*.json")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d files of results, error %v", len(files), err)
	}
	for _, file := range files {
		r, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var now bytes.Buffer
		if err := r.Write(&now); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(now.Bytes(), kept) {
			t.Errorf("%s is written another way", file)
		}
	}
}

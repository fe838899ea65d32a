package article

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/idx"
	"github.com/unslide/unslide/internal/golden"
)

// The golden files were computed by the article's own program, with the training
// images 5000…5999 that it began with.

func readGolden(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := golden.Read(filepath.Join("../../internal/golden/testdata", name+".gz"))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func readImages(tb testing.TB) *data.Set {
	tb.Helper()
	set, err := idx.Decode(readGolden(tb, "train-5000-5999-images-idx3-ubyte"), readGolden(tb, "train-5000-5999-labels-idx1-ubyte"), 10)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func readTrace(tb testing.TB) (losses []float64, correct []bool) {
	tb.Helper()
	var trace struct {
		Loss    []float64
		Correct []bool
	}
	if err := json.Unmarshal(readGolden(tb, "article_trace.json"), &trace); err != nil {
		tb.Fatal(err)
	}
	if len(trace.Loss) != 1000 || len(trace.Correct) != 1000 {
		tb.Fatalf("%d losses and %d flags, want 1000", len(trace.Loss), len(trace.Correct))
	}
	return trace.Loss, trace.Correct
}

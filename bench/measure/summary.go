package measure

import (
	"math"
	"strings"
)

// Row puts the programs side by side on one piece of work.
type Row struct {
	List, Layer string
	Pass        Pass
	Batch       int
	Threads     int
	Auto        *Figure // the engine as it comes, the filter packed in the call
	Packed      *Figure // the filter packed beforehand, forward only
	Exact       *Figure // the faster of these two
	Fast        *Figure // the fastest with fast algorithms allowed as well
	Im2col      *Figure // lowering and OpenBLAS
	Sgemm       *Figure // a bare product of the same M, N, K
	Naive       *Figure
	Traffic     *Figure // of the weights alone, for a training step at batch 1
	Peer        *Figure // the fastest form of the fastest other framework
	PeerAuto    *Figure // the fastest of those that get the weights as they are
	Peak        float64 // GFLOP/s of a large product
}

// Rows sorts the results by work, in the order in which they were measured.
func (r *Results) Rows() []Row {
	var rows []Row
	for i := range r.Figures {
		f := &r.Figures[i]
		last := len(rows) - 1
		if last < 0 || rows[last].List != f.List || rows[last].Layer != f.Layer || rows[last].Pass != f.Pass || rows[last].Threads != f.Threads {
			rows = append(rows, Row{List: f.List, Layer: f.Layer, Pass: f.Pass, Batch: f.Batch, Threads: f.Threads, Peak: r.Peak(f.Threads)})
			last++
		}
		rows[last].add(f)
	}
	return rows
}

func (w *Row) add(f *Figure) {
	switch f.Program {
	case Unslide:
		w.addForm(f)
	case Sgemm:
		w.Sgemm = f
	case Naive:
		w.Naive = f
	case Traffic:
		w.Traffic = f
	default:
		w.Peer = faster(w.Peer, f)
		if !packsBeforehand(f) {
			w.PeerAuto = faster(w.PeerAuto, f)
		}
	}
}

// addForm adds a form of the engine.
func (w *Row) addForm(f *Figure) {
	switch f.Form {
	case AutoForm:
		w.Auto = f
		w.Exact = faster(w.Exact, f)
	case PackedForm:
		w.Packed = f
		w.Exact = faster(w.Exact, f)
	case FastForm, PackedFastForm:
	case Im2colForm:
		w.Im2col = f
		return
	default: // another algorithm
		return
	}
	w.Fast = faster(w.Fast, f)
}

// packsBeforehand reports whether a framework's form leaves the packing of the
// weights out of its time. Its name says so.
func packsBeforehand(f *Figure) bool { return strings.HasSuffix(f.Form, "packed weights") }

func faster(a, b *Figure) *Figure {
	if a == nil || b.Seconds.Median < a.Seconds.Median {
		return b
	}
	return a
}

// Ratio is how many times as fast as b a is, 0 where one is missing.
func Ratio(a, b *Figure) float64 {
	if a == nil || b == nil {
		return 0
	}
	return b.Seconds.Median / a.Seconds.Median
}

// Versus sums up the ratios of two programs over rows.
type Versus struct {
	Layers   int
	Mean     float64 // geometric
	MeanLow  float64 // geometric, of the ratios of the fastest tenths
	Worst    float64
	WorstRow Row
	BelowOne int // rows where the first is the slower
	Missing  int // rows where one is missing
}

// Compare takes the ratio of two figures of each row.
func Compare(rows []Row, a, b func(Row) *Figure) Versus {
	v := Versus{Worst: math.Inf(1)}
	sum, low := 0.0, 0.0
	for _, w := range rows {
		x := Ratio(a(w), b(w))
		if x == 0 {
			v.Missing++
			continue
		}
		v.Layers++
		sum += math.Log(x)
		low += math.Log(b(w).Seconds.Low / a(w).Seconds.Low)
		if x < v.Worst {
			v.Worst, v.WorstRow = x, w
		}
		if x < 1 {
			v.BelowOne++
		}
	}
	v.Mean = math.Exp(sum / float64(max(v.Layers, 1)))
	v.MeanLow = math.Exp(low / float64(max(v.Layers, 1)))
	return v
}

package measure

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteTable writes the results for people to read: the machine, each piece
// of work, and the ratios' geometric means by list, pass and threads.
func (r *Results) WriteTable(w io.Writer) error {
	rows := r.Rows()
	fmt.Fprintf(w, "%s, %d cores, %s, %s, own kernels %s, BLAS %s\n",
		r.Machine.CPU, r.Machine.Cores, r.Machine.OS, r.Machine.Go, r.Machine.ISA, strings.Join(r.Machine.BLAS, ", "))
	for _, n := range r.Machine.Notes {
		fmt.Fprintf(w, "warning: %s\n", n)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Peers)) {
		fmt.Fprintf(w, "%s %s\n", name, r.Peers[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Missing)) {
		fmt.Fprintf(w, "not measured: %s: %s\n", name, r.Missing[name])
	}
	for _, f := range r.Peaks {
		fmt.Fprintf(w, "peak: sgemm %s by %s, %d threads: %.1f GFLOP/s\n", f.Layer, f.Form, f.Threads, f.GFLOPS())
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	list := ""
	for _, row := range rows {
		if row.List != list {
			list = row.List
			fmt.Fprintf(t, "\n%s\tpass\tthreads\tauto\tpacked\tspread\tpeak\tfast\tim2col\tsgemm\tnaive\tbest peer\tits speed\tunslide/peer\tfast/peer\tauto/peer\t\n", list)
		}
		row.write(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, row := range rows {
		if f := row.Traffic; f != nil && row.Exact != nil {
			fmt.Fprintf(w, "%s, %d threads: the weights' traffic alone takes %.3f ms; the step takes %.2f times as long\n",
				row.Layer, row.Threads, f.Seconds.Median*1e3, row.Exact.Seconds.Median/f.Seconds.Median)
		}
	}
	for _, m := range r.Memory {
		fmt.Fprintf(w, "memory at most, steps at batch 128: %s, %d threads: %.0f MiB\n", m.Program, m.Threads, float64(m.Peak)/(1<<20))
	}
	for _, t := range r.Trainings {
		fmt.Fprintf(w, "MNIST, two epochs: %s, %s, %d threads: %.2f s, %.2f %% of the test images right\n",
			t.Program, t.Form, t.Threads, t.Seconds, 100*t.Accuracy)
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprint(w, notes)
	return writeMeans(w, rows)
}

const notes = `
GFLOP/s, medians; a training step in ms. spread: from the fastest tenth to the slowest, as a share of the median.
auto: the filter packed in the call. packed: beforehand. unslide: the faster of the two. fast: with fast algorithms allowed (Winograd).
unslide/peer and fast/peer: against the best form of the best other framework, which may have its weights packed beforehand; auto/peer: against the best of those that have not.
`

func (w Row) write(t io.Writer) {
	speed := func(f *Figure) string {
		switch {
		case f == nil:
			return "-"
		case w.List == TrainingList:
			return fmt.Sprintf("%.3f ms", f.Seconds.Median*1e3)
		default:
			return fmt.Sprintf("%.1f", f.GFLOPS())
		}
	}
	ratio := func(x float64) string {
		if x == 0 {
			return "-"
		}
		return fmt.Sprintf("%.2f×", x)
	}
	spread, peak, peer := "-", "-", "-"
	if f := w.Exact; f != nil {
		spread = fmt.Sprintf("%.0f %%", 100*(f.Seconds.High-f.Seconds.Low)/f.Seconds.Median)
		if w.Peak > 0 {
			peak = fmt.Sprintf("%.0f %%", 100*f.GFLOPS()/w.Peak)
		}
	}
	if w.Peer != nil {
		peer = w.Peer.Program + ", " + w.Peer.Form
	}
	cells := []string{w.Layer, string(w.Pass), fmt.Sprint(w.Threads), speed(w.Auto), speed(w.Packed), spread, peak,
		speed(w.Fast), speed(w.Im2col), speed(w.Sgemm), speed(w.Naive), peer, speed(w.Peer),
		ratio(Ratio(w.Exact, w.Peer)), ratio(Ratio(w.Fast, w.Peer)), ratio(Ratio(w.Auto, w.PeerAuto))}
	fmt.Fprintln(t, strings.Join(cells, "\t")+"\t")
}

// writeMeans writes the geometric means of the ratios.
func writeMeans(w io.Writer, rows []Row) error {
	type key struct {
		list    string
		pass    Pass
		threads int
	}
	groups, lists := map[key][]Row{}, map[string]bool{}
	var order []key
	for _, row := range rows {
		if row.List == TrainingList {
			continue
		}
		lists[row.List] = true
		for _, list := range []string{row.List, "all lists"} {
			k := key{list, row.Pass, row.Threads}
			if groups[k] == nil {
				order = append(order, k)
			}
			groups[k] = append(groups[k], row)
		}
	}
	slices.SortStableFunc(order, func(a, b key) int { // "all lists" last
		return boolInt(a.list == "all lists") - boolInt(b.list == "all lists")
	})
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\ngeometric means\tpass\tthreads\tlayers\tunslide/peer\tby fastest tenths\tworst\tits layer\tbelow 1\tfast/peer\tauto/peer\tim2col/sgemm\tunslide/sgemm\t")
	exact, fast := func(w Row) *Figure { return w.Exact }, func(w Row) *Figure { return w.Fast }
	auto, peerAuto := func(w Row) *Figure { return w.Auto }, func(w Row) *Figure { return w.PeerAuto }
	im2col, sgemm, peer := func(w Row) *Figure { return w.Im2col }, func(w Row) *Figure { return w.Sgemm }, func(w Row) *Figure { return w.Peer }
	mean := func(v Versus) string {
		if v.Layers == 0 {
			return "-"
		}
		return fmt.Sprintf("%.2f×", v.Mean)
	}
	for _, k := range order {
		if k.list == "all lists" && len(lists) == 1 {
			continue
		}
		g := groups[k]
		v := Compare(g, exact, peer)
		worst, layer, low := "-", "-", "-"
		if v.Layers > 0 {
			low = fmt.Sprintf("%.2f×", v.MeanLow)
			worst, layer = fmt.Sprintf("%.2f×", v.Worst), v.WorstRow.List+" "+v.WorstRow.Layer
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t\n", k.list, k.pass, k.threads, len(g),
			mean(v), low, worst, layer, v.BelowOne, mean(Compare(g, fast, peer)), mean(Compare(g, auto, peerAuto)), mean(Compare(g, im2col, sgemm)), mean(Compare(g, exact, sgemm)))
	}
	return t.Flush()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

package article

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// Print writes the timeline as bars of letters, and what follows from it.
func (t *Timeline) Print(w io.Writer) error {
	var b strings.Builder
	for _, r := range t.Rows {
		r.print(&b)
	}
	if t.NoPython != nil {
		fmt.Fprintf(&b, "Python, sliding: not measured: %v\n\n", t.NoPython)
	}
	t.printFactors(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// chartColumns is how wide the longest bar is.
const chartColumns = 40

func (r Row) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s a step (%s)\n", r.Name, short(r.Total()), r.About())
	longest := time.Duration(1)
	for _, b := range r.Bars {
		longest = max(longest, b.Time)
	}
	for _, b := range r.Bars {
		if b.Time == 0 {
			fmt.Fprintf(w, "  %-16s %10s\n", b, "none")
			continue
		}
		fmt.Fprintf(w, "  %-16s %10s %5.1f %%  %s\n", b, short(b.Time), r.percent(b), textBar(b.Time.Seconds()/longest.Seconds()))
	}
	fmt.Fprintln(w)
}

// textBar draws a share of the longest bar, to an eighth of a letter.
func textBar(share float64) string {
	eighths := int(share*chartColumns*8 + 0.5)
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return bar
}

// trainingImages is how many images the article's epoch has.
const trainingImages = 55000

// printFactors says what the convolutions take and what each way wins.
func (t *Timeline) printFactors(w io.Writer) {
	for _, r := range t.Rows {
		epoch := time.Duration(float64(r.Total()) * trainingImages / float64(t.Options.Batch))
		fmt.Fprintf(w, "%s: convolutions take %.1f %% of the step, dense layers %.1f %%; an epoch of %d images takes %s\n",
			r.Name, 100*r.Share("conv"), 100*r.Share("fc"), trainingImages, short(epoch))
	}
	for i, r := range t.Rows[1:] {
		before := t.Rows[i]
		fmt.Fprintf(w, "%s (%s) → %s (%s): %s as fast\n", before.Name, before.How, r.Name, r.How, factor(before.Total(), r.Total()))
	}
}

// PrintReal writes a table of real layers' times and of what each way wins.
func PrintReal(w io.Writer, times []RealTimes) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "layer, one image\tpass\tPython\tGo, sliding\tim2col + GEMM\tengine\tcompiling wins\tGEMM wins\tengine wins")
	for _, r := range times {
		name := r.Name
		for pass := range Passes {
			python, compiling := "–", "–"
			if r.Python[pass] > 0 {
				python, compiling = "≈"+short(r.Python[pass]), factor(r.Python[pass], r.Sliding[pass])
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t≈%s\t%s\t%s\t%s\t%s\t%s\n", name, Passes[pass], python,
				short(r.Sliding[pass]), short(r.GEMM[pass]), short(r.Engine[pass]),
				compiling, factor(r.Sliding[pass], r.GEMM[pass]), factor(r.GEMM[pass], r.Engine[pass]))
			name = strings.Repeat(" ", utf8.RuneCountInString(r.Name))
		}
	}
	if err := t.Flush(); err != nil || len(times) == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, `
Sliding is %s, of one pair of maps, times the number of pairs;
im2col + GEMM and engine are %s. What a way wins is
the factor to the way before: sliding in Python, sliding in Go, im2col + GEMM.
`, slidingHow, times[0].EngineHow)
	return err
}

func factor(slow, fast time.Duration) string {
	f := slow.Seconds() / fast.Seconds()
	if f < 10 {
		return fmt.Sprintf("%.2f×", f)
	}
	return fmt.Sprintf("%.0f×", f)
}

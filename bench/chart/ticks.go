package chart

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// roundTicks labels an axis at round numbers: steps of 1, 2 or 5 times a power
// of ten, four to nine of them.
func roundTicks(lo, hi float64) (ticks []plot.Tick) {
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		return nil
	}
	step := math.Pow10(int(math.Floor(math.Log10((hi - lo) / 4))))
	for _, m := range []float64{5, 2} {
		if (hi-lo)/(m*step) >= 4 {
			step *= m
			break
		}
	}
	first, last := int(math.Ceil(lo/step-1e-9)), int(math.Floor(hi/step+1e-9))
	for i := first; i <= last; i++ {
		v := float64(i) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 6, 64)})
	}
	return ticks
}

// LogY makes the vertical axis logarithmic, see [LogAxis], and draws its name
// itself: gonum/plot makes room for the name in the wrong place.
func (p *Panel) LogY() {
	LogAxis(&p.Y)
	p.yName, p.Y.Label.Text = p.Y.Label.Text, ""
}

// LogAxis makes an axis logarithmic, from one power of ten to another, with few
// enough labels to read. Call it after all series were added; they must be
// above 0.
func LogAxis(a *plot.Axis) {
	lo, hi := math.Floor(math.Log10(a.Min)), math.Ceil(math.Log10(a.Max))
	if !(a.Min > 0) || math.IsInf(a.Min, 0) || math.IsInf(a.Max, 0) {
		lo, hi = 0, 1 // no series, no range
	}
	if lo == hi {
		hi++
	}
	a.Min, a.Max = math.Pow10(int(lo)), math.Pow10(int(hi))
	a.Scale = plot.LogScale{}
	a.Tick.Marker = plot.TickerFunc(decades)
}

// maxDecades is how many labels a logarithmic axis has at most.
const maxDecades = 7

func decades(lo, hi float64) (ticks []plot.Tick) {
	first, last := int(math.Round(math.Log10(lo))), int(math.Round(math.Log10(hi)))
	every := (last-first)/maxDecades + 1
	for e := first; e <= last; e++ {
		t := plot.Tick{Value: math.Pow10(e)}
		if (e-last)%every == 0 {
			t.Label = power(e)
		}
		ticks = append(ticks, t)
	}
	return ticks
}

// power writes ten to the e: as a number where that is short.
func power(e int) string {
	if e >= -2 && e <= 4 {
		return fmt.Sprint(math.Pow10(e))
	}
	return fmt.Sprintf("1e%d", e)
}

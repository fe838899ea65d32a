package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/unslide/unslide/engine/nn"
)

// progress shows a training as it goes: a line per report, and in between a bar
// on a terminal, elsewhere a line where a report is long in coming.
type progress struct {
	c      console
	begin  time.Time
	before int // images that a resumed training had seen
	seen   int // images so far, those before included
	total  int // images of the whole training
	saved  int // the last step that is
	told   int // and that a line said so of

	pace          pace
	stepped       time.Time // when the last step was done
	loss, correct mean      // of the last 1000 images or so
	shown         time.Time // when the bar was drawn or a line printed

	// Off the terminal: the images since the last line.
	lineImages  int
	lineLoss    float64
	lineCorrect int
}

// redraw is how often the bar is drawn anew.
const redraw = 100 * time.Millisecond

// patience is how long there is no line off a terminal.
const patience = 10 * time.Second

func newProgress(c console, j job) *progress {
	now := time.Now()
	p := &progress{c: c, begin: now, stepped: now, shown: now}
	epochs, batch := j.config().Epochs, j.config().Batch
	per := j.steps() / epochs
	p.before = j.taken()/per*j.images() + j.taken()%per*batch
	p.seen, p.total = p.before, j.images()*epochs
	return p
}

// step hears of every step.
func (p *progress) step(s nn.Step) {
	now := time.Now()
	p.pace.add(s.Images, now.Sub(p.stepped))
	p.stepped = now
	p.seen += s.Images
	p.loss.add(s.Loss, s.Images)
	p.correct.add(float64(s.Correct)/float64(s.Images), s.Images)
	p.lineImages += s.Images
	p.lineLoss += s.Loss * float64(s.Images)
	p.lineCorrect += s.Correct
	switch {
	case p.c.out.redraws() && now.Sub(p.shown) >= redraw:
		p.draw()
	case !p.c.out.redraws() && now.Sub(p.shown) >= patience:
		n := float64(p.lineImages)
		p.line("", p.lineLoss/n, float64(p.lineCorrect)/n)
	}
}

// report hears of every report.
func (p *progress) report(r nn.Report) {
	if !p.c.out.redraws() {
		p.line(fmt.Sprintf("step %d, ", r.Step), r.Loss, r.Accuracy)
		return
	}
	p.c.out.clear()
	fmt.Fprintf(p.c.out, "step %d: mean loss %.6f, accuracy %.2f %%%s\n", r.Step, r.Loss, 100*r.Accuracy, p.kept())
	p.draw()
}

// line prints what some images came to, off the terminal.
func (p *progress) line(what string, loss, accuracy float64) {
	p.shown = p.stepped
	p.lineImages, p.lineLoss, p.lineCorrect = 0, 0, 0
	fmt.Fprintf(p.c.out, "%s%d of %d images: mean loss %.6f, accuracy %.2f %%; %.0f images/s, %s left%s\n",
		what, p.seen, p.total, loss, 100*accuracy, p.pace.rate(), p.left(), p.kept())
}

// kept says which step was saved since the last line.
func (p *progress) kept() string {
	if p.saved == p.told {
		return ""
	}
	p.told = p.saved
	return fmt.Sprintf("; saved step %d", p.saved)
}

func (p *progress) draw() {
	p.shown = p.stepped
	done := float64(p.seen) / float64(p.total)
	p.c.out.status(
		fmt.Sprintf("%s %3.0f %%", bar(done), 100*done),
		p.left()+" left",
		fmt.Sprintf("loss %.3f", p.loss.value()),
		fmt.Sprintf("accuracy %.1f %%", 100*p.correct.value()),
		fmt.Sprintf("%.0f images/s", p.pace.rate()),
		fmt.Sprintf("%d of %d images", p.seen, p.total))
}

// finish takes the bar away.
func (p *progress) finish() {
	p.c.out.clear()
}

// bar draws a share of one.
func bar(share float64) string {
	const length = 20
	n := min(max(int(share*length), 0), length)
	return "[" + strings.Repeat("#", n) + strings.Repeat("-", length-n) + "]"
}

// left is how much longer it will take.
func (p *progress) left() string { return duration(float64(p.total-p.seen) / p.pace.rate()) }

func (p *progress) seconds() float64 { return time.Since(p.begin).Seconds() }

// testProgress shows on a terminal how many images have been tested.
func (c console) testProgress() func(done int) {
	if !c.out.redraws() {
		return nil
	}
	drawn := time.Now()
	return func(done int) {
		if now := time.Now(); now.Sub(drawn) >= redraw {
			drawn = now
			c.out.status(fmt.Sprintf("testing: %d images", done))
		}
	}
}

// duration prints seconds as people do.
func duration(seconds float64) string {
	switch {
	case !(seconds < 1e9):
		return "unknown time"
	case seconds < 10:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 100:
		return fmt.Sprintf("%.0f s", seconds)
	}
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Hour {
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

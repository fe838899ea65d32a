package main

import (
	"fmt"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/unslide/unslide/engine/nn"
)

// progress shows a training as it goes: a bar on a terminal; elsewhere a line
// per 1000 images. Both have a line per report.
type progress struct {
	c      console
	job    job
	begin  time.Time
	before int // images that a resumed training had seen
	seen   int // images so far, those before included
	total  int // images of the whole training

	loss, correct mean // of the last 1000 images or so
	bar           *progressbar.ProgressBar
	drawn         time.Time

	// Off the terminal: the images since the last line.
	lineImages  int
	lineLoss    float64
	lineCorrect int
}

// redraw is how often the bar is drawn anew.
const redraw = 100 * time.Millisecond

// lineEvery is how many images a plain line sums up.
const lineEvery = 1000

func newProgress(c console, j job) *progress {
	p := &progress{c: c, job: j, begin: time.Now()}
	per := j.steps() / j.epochs()
	p.before = j.taken()/per*j.images() + j.taken()%per*j.batch()
	p.seen, p.total = p.before, j.images()*j.epochs()
	if c.terminal {
		p.bar = progressbar.NewOptions(p.total,
			progressbar.OptionSetWriter(c.out),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("images"),
			progressbar.OptionSetPredictTime(false), // draw says it
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionSetWidth(min(max(c.columns-78, 4), 40)), // the text needs the rest
			progressbar.OptionSetTheme(progressbar.ThemeASCII),
		)
	}
	return p
}

// step hears of every step.
func (p *progress) step(s nn.Step) {
	p.seen += s.Images
	p.loss.add(s.Loss, s.Images)
	p.correct.add(float64(s.Correct)/float64(s.Images), s.Images)
	if p.bar != nil {
		if now := time.Now(); now.Sub(p.drawn) >= redraw {
			p.drawn = now
			p.draw()
		}
		return
	}
	p.lineImages += s.Images
	p.lineLoss += s.Loss * float64(s.Images)
	p.lineCorrect += s.Correct
	if p.lineImages >= lineEvery {
		n := float64(p.lineImages)
		loss, accuracy := p.lineLoss/n, float64(p.lineCorrect)/n
		p.lineImages, p.lineLoss, p.lineCorrect = 0, 0, 0
		if p.job.batch() > 1 { // at batch 1 the report says the same
			p.line("", loss, accuracy)
		}
	}
}

// report hears of every report.
func (p *progress) report(r nn.Report) {
	if p.bar == nil {
		p.line(fmt.Sprintf("step %d, ", r.Step), r.Loss, r.Accuracy)
		return
	}
	_ = p.bar.Clear()
	fmt.Fprintf(p.c.out, "step %d: mean loss %.6f, accuracy %.2f %%\n", r.Step, r.Loss, 100*r.Accuracy)
	p.draw()
}

// line prints what some images came to, off the terminal.
func (p *progress) line(what string, loss, accuracy float64) {
	fmt.Fprintf(p.c.out, "%s%d of %d images: mean loss %.6f, accuracy %.2f %%; %.0f images/s, %s left\n",
		what, p.seen, p.total, loss, 100*accuracy, p.rate(), p.left())
}

func (p *progress) draw() {
	p.bar.Describe(fmt.Sprintf("loss %.3f, accuracy %.1f %%, %s left", p.loss.value(), 100*p.correct.value(), p.left()))
	_ = p.bar.Set(min(p.seen, p.total))
}

// finish takes the bar away.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// rate is images a second.
func (p *progress) rate() float64 { return float64(p.seen-p.before) / p.seconds() }

// left is how much longer it will take.
func (p *progress) left() string { return duration(float64(p.total-p.seen) / p.rate()) }

func (p *progress) seconds() float64 { return time.Since(p.begin).Seconds() }

// testProgress shows on a terminal how many images have been tested. The line
// is gone when all have.
func (c console) testProgress() func(done int) {
	if !c.terminal {
		return nil
	}
	drawn := time.Now()
	return func(done int) {
		if now := time.Now(); now.Sub(drawn) >= redraw {
			drawn = now
			fmt.Fprintf(c.out, "\r\x1b[Ktesting: %d images\r", done)
		}
	}
}

// mean is a mean that forgets: an image's weight falls to 1/e after 1000 more.
type mean struct{ sum, weight float64 }

func (m *mean) add(x float64, images int) {
	keep := math.Exp(-float64(images) / 1000)
	m.sum = m.sum*keep + x*float64(images)
	m.weight = m.weight*keep + float64(images)
}

func (m *mean) value() float64 { return m.sum / m.weight }

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

package main

import (
	"math"
	"time"
)

// mean is a mean that forgets: an image's weight falls to 1/e after 1000 more.
type mean struct{ sum, weight float64 }

func (m *mean) add(x float64, images int) {
	keep := math.Exp(-float64(images) / 1000)
	m.sum = m.sum*keep + x*float64(images)
	m.weight = m.weight*keep + float64(images)
}

func (m *mean) value() float64 { return m.sum / m.weight }

// pace is how fast images go by. It forgets as slowly as a person looks up: the
// weight of a second falls to 1/e after [memory] more, so that one slow step or
// the writing of a file moves it little.
type pace struct{ images, seconds float64 }

const memory = 10 * time.Second

func (p *pace) add(images int, d time.Duration) {
	keep := math.Exp(-d.Seconds() / memory.Seconds())
	p.images = p.images*keep + float64(images)
	p.seconds = p.seconds*keep + d.Seconds()
}

// rate is images a second.
func (p *pace) rate() float64 { return p.images / max(p.seconds, 1e-9) }

package kernel

// termsOf returns how many terms runs have.
func termsOf(runs []Run) (n int) {
	for i := range runs {
		n += runs[i].Count
	}
	return n
}

// A runCutter cuts runs of terms into pieces, in order.
type runCutter struct {
	runs         []Run
	aStep, bStep int
	done         int // terms of the first run
	part         [1]Run
}

// next returns the next piece, of at most most terms, and none at the end: as
// many whole runs as that is, or a part of one. It is good until the next call.
func (c *runCutter) next(most int) []Run {
	if len(c.runs) == 0 {
		return nil
	}
	if run := c.runs[0]; run.Count > most {
		c.part[0] = Run{run.A + c.done*c.aStep, run.B + c.done*c.bStep, min(most, run.Count-c.done)}
		if c.done += most; c.done >= run.Count {
			c.runs, c.done = c.runs[1:], 0
		}
		return c.part[:]
	}
	n, terms := 1, c.runs[0].Count
	for n < len(c.runs) && terms+c.runs[n].Count <= most {
		terms += c.runs[n].Count
		n++
	}
	piece := c.runs[:n]
	c.runs = c.runs[n:]
	return piece
}

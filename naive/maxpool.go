package naive

// MaxPool is max-pooling: each output is the largest input element under the
// window, each map by itself.
type MaxPool struct {
	Slide
	// Add makes the gradients of overlapping windows add up where they chose
	// the same element, as the derivative is. Without it the last window's
	// gradient overwrites the earlier ones: the article's rule, the same for
	// windows that do not overlap.
	Add bool
}

// Position is the place of an element in a map.
type Position struct{ Row, Col int }

// Forward returns the largest element under each window and the places they
// came from, one matrix a map. Of equal elements the first wins, in the order
// of the window's rows and columns.
func (l MaxPool) Forward(x []Map) (y []Map, argmax [][][]Position) {
	for _, m := range x {
		largest := NewMap(l.OutputSize(m.Rows(), m.Cols()))
		from := make([][]Position, largest.Rows())
		for oh := range largest {
			from[oh] = make([]Position, largest.Cols())
			for ow := range largest[oh] {
				from[oh][ow] = l.largest(m, oh, ow)
				largest[oh][ow] = m[from[oh][ow].Row][from[oh][ow].Col]
			}
		}
		y = append(y, largest)
		argmax = append(argmax, from)
	}
	return y, argmax
}

// largest finds the largest element under the window of output (oh, ow).
func (l MaxPool) largest(m Map, oh, ow int) (best Position) {
	found := false
	for kh := range l.KH {
		for kw := range l.KW {
			h, w := l.row(oh, kh), l.col(ow, kw)
			if !within(h, m.Rows()) || !within(w, m.Cols()) {
				continue
			}
			if !found || m[h][w] > m[best.Row][best.Col] {
				best, found = Position{h, w}, true
			}
		}
	}
	return best
}

// Backward hands each output's gradient to the input element that was chosen,
// and zero to all others. The input maps have rows×cols elements.
func (l MaxPool) Backward(dy []Map, argmax [][][]Position, rows, cols int) (dx []Map) {
	for c := range dy {
		m := NewMap(rows, cols)
		for oh, row := range dy[c] {
			for ow, d := range row {
				p := argmax[c][oh][ow]
				if l.Add {
					m[p.Row][p.Col] += d
				} else {
					m[p.Row][p.Col] = d
				}
			}
		}
		dx = append(dx, m)
	}
	return dx
}

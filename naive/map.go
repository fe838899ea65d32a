package naive

// Map is one feature map, or one kernel: a matrix of rows.
type Map [][]float64

// NewMap returns a map of zeros.
func NewMap(rows, cols int) Map {
	m := make(Map, rows)
	for i := range m {
		m[i] = make([]float64, cols)
	}
	return m
}

// MapOf returns a map of the values, row by row. It panics unless there are
// rows·cols of them.
func MapOf(rows, cols int, values []float64) Map {
	if len(values) != rows*cols {
		panic("naive: MapOf: number of values is not rows times columns")
	}
	m := NewMap(rows, cols)
	for i := range m {
		copy(m[i], values[i*cols:])
	}
	return m
}

// Rows returns the number of rows.
func (m Map) Rows() int { return len(m) }

// Cols returns the number of columns.
func (m Map) Cols() int {
	if len(m) == 0 {
		return 0
	}
	return len(m[0])
}

// Vector lays maps out as TensorFlow does: pixel by pixel, and at each pixel
// one value of every map. Element (h·cols+w)·len(maps)+c is maps[c][h][w].
func Vector(maps []Map) []float64 {
	var v []float64
	for h := range maps[0].Rows() {
		for w := range maps[0].Cols() {
			for c := range maps {
				v = append(v, maps[c][h][w])
			}
		}
	}
	return v
}

// Maps is the inverse of [Vector]: n maps of rows×cols. It panics unless the
// vector has n·rows·cols elements.
func Maps(vector []float64, n, rows, cols int) []Map {
	if len(vector) != n*rows*cols {
		panic("naive: Maps: the vector's length is not maps times rows times columns")
	}
	maps := newMaps(n, rows, cols)
	for h := range rows {
		for w := range cols {
			for c := range maps {
				maps[c][h][w] = vector[(h*cols+w)*n+c]
			}
		}
	}
	return maps
}

func newMaps(n, rows, cols int) []Map {
	maps := make([]Map, n)
	for i := range maps {
		maps[i] = NewMap(rows, cols)
	}
	return maps
}

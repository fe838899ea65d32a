package kernel

import "math"

func maxPoolGo[T Float](dst []T, arg []int32, src []T, base, c int, table []int, taps int) {
	checkMaxPool(len(dst), len(arg), arg == nil, len(src), base, c, table, taps)
	for m := range len(dst) / c {
		best := dst[m*c : m*c+c]
		var at []int32
		if arg != nil {
			at = arg[m*c : m*c+c]
		}
		first := true
		for _, off := range table[m*taps : m*taps+taps] {
			if off < 0 {
				continue
			}
			x := src[base+off:][:c]
			for j, v := range x {
				if first || v > best[j] || (v != v && best[j] == best[j]) {
					best[j] = v
					if at != nil {
						at[j] = int32(base + off + j)
					}
				}
			}
			first = false
		}
		if first {
			for j := range best {
				best[j] = T(math.Inf(-1))
			}
			for j := range at {
				at[j] = -1
			}
		}
	}
}

// sumRows is how many rows VecMat sums by themselves.
const sumRows = 8

func vecMatGo[T Float](y, x, w []T, ld int, bias []T) {
	checkVecMat(len(y), len(x), len(w), ld, len(bias), bias == nil)
	if bias != nil {
		copy(y, bias)
	} else {
		clear(y)
	}
	n := len(y)
	i := 0
	for ; i+sumRows <= len(x); i += sumRows {
		x0, x1, x2, x3 := x[i], x[i+1], x[i+2], x[i+3]
		x4, x5, x6, x7 := x[i+4], x[i+5], x[i+6], x[i+7]
		w0, w1, w2, w3 := w[i*ld:][:n], w[(i+1)*ld:][:n], w[(i+2)*ld:][:n], w[(i+3)*ld:][:n]
		w4, w5, w6, w7 := w[(i+4)*ld:][:n], w[(i+5)*ld:][:n], w[(i+6)*ld:][:n], w[(i+7)*ld:][:n]
		for j := range y {
			s := x0 * w0[j]
			s += x1 * w1[j]
			s += x2 * w2[j]
			s += x3 * w3[j]
			s += x4 * w4[j]
			s += x5 * w5[j]
			s += x6 * w6[j]
			s += x7 * w7[j]
			y[j] += s
		}
	}
	if i == len(x) {
		return
	}
	for j := range y {
		var s T
		for k := i; k < len(x); k++ {
			s += x[k] * w[k*ld+j]
		}
		y[j] += s
	}
}

func matVecGo[T Float](dx, w []T, ld int, g []T) {
	checkMatrix(len(w), ld, len(dx), len(g))
	for i := range dx {
		dx[i] = dotGo(w[i*ld:i*ld+len(g)], g)
	}
}

func matVecUpdateGo[T Float](dx, w []T, ld int, x, g []T, rate T) {
	checkMatVecUpdate(len(dx), dx == nil, len(w), ld, len(x), len(g))
	for i := range x {
		row := w[i*ld : i*ld+len(g)]
		step := -rate * x[i]
		if dx != nil {
			dx[i] = dotGo(row, g)
		}
		axpyGo(row, g, step)
	}
}

package kernel

// The checks panic with a constant message before anything is touched. They
// are what makes the assembly safe to call.

func checkPair(dst, src int) {
	if dst != src {
		panic("kernel: vectors of different length")
	}
}

func checkTriple(dPre, dDst, dst int) {
	if dPre != dDst || dPre != dst {
		panic("kernel: vectors of different length")
	}
}

// checkColumns checks that a matrix of n elements, and as large others, has whole
// rows, as long as what runs beside them.
func checkColumns(n, others, cols int, vectors ...int) {
	if cols == 0 && n > 0 || cols > 0 && n%cols != 0 {
		panic("kernel: bad matrix size")
	}
	if n != others {
		panic("kernel: vectors of different length")
	}
	for _, v := range vectors {
		if v != cols {
			panic("kernel: vectors of different length")
		}
	}
}

func checkAdam(w, g, m, v int) {
	if w != g || w != m || w != v {
		panic("kernel: vectors of different length")
	}
}

// checkMatrix checks that rows rows of cols elements, ld apart, lie in n.
func checkMatrix(n, ld, rows, cols int) {
	if rows < 0 || cols < 0 || ld < cols {
		panic("kernel: bad matrix size")
	}
	// The division keeps (rows−1)·ld from overflowing.
	if rows > 0 && cols > 0 && (n < cols || (rows > 1 && (n-cols)/ld < rows-1)) {
		panic("kernel: matrix shorter than its rows")
	}
}

func checkBias(bias, cols int, none bool) {
	if !none && bias != cols {
		panic("kernel: bias of another length")
	}
}

func checkBiasAct(n, ld, rows, cols, bias int, none bool, act Activation) {
	checkMatrix(n, ld, rows, cols)
	checkBias(bias, cols, none)
	checkActivation(act)
}

func checkActivation(act Activation) {
	if act >= numActivations {
		panic("kernel: unknown activation")
	}
}

func checkVecMat(y, x, w, ld, bias int, none bool) {
	checkMatrix(w, ld, x, y)
	checkBias(bias, y, none)
}

func checkMatVecUpdate(dx int, none bool, w, ld, x, g int) {
	checkMatrix(w, ld, x, g)
	if !none && dx != x {
		panic("kernel: vectors of different length")
	}
}

func checkMaxPool(dst, arg int, none bool, src, base, c int, table []int, taps int) {
	if c <= 0 || taps <= 0 || dst%c != 0 {
		panic("kernel: bad pooling size")
	}
	if !none && arg != dst {
		panic("kernel: vectors of different length")
	}
	if len(table)/taps < dst/c {
		panic("kernel: pooling table too short")
	}
	if base < 0 || base > src {
		panic("kernel: pooling offset outside the image")
	}
	last := src - base - c
	for _, off := range table[:dst/c*taps] {
		if off > last {
			panic("kernel: pooling offset outside the image")
		}
	}
}

package conv

import "github.com/unslide/unslide/im2col"

// Transpose writes dst[j][i] = src[i][j] for rows × cols elements of src.
func Transpose[T im2col.Float](dst []T, ldd int, src []T, lds, rows, cols int) {
	const tile = 16
	for i0 := 0; i0 < rows; i0 += tile {
		i1 := min(i0+tile, rows)
		for j := range cols {
			d := dst[j*ldd+i0 : j*ldd+i1]
			for i := range d {
				d[i] = src[(i0+i)*lds+j]
			}
		}
	}
}

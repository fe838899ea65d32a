package kernel

// Span says where Count elements of a row are added: from Src on in one matrix,
// to Dst on in another.
type Span struct{ Dst, Src, Count int }

// AddSpans adds spans of the rows of a matrix to the rows of another:
//
//	dst[i·dstStep + s.Dst + j] += src[i·srcStep + s.Src + j]    i < rows, j < s.Count
//
// for each span s in order. It panics if a slice is too short or a span begins
// before it, before anything is touched.
func AddSpans(isa ISA, dst []float32, dstStep int, src []float32, srcStep, rows int, spans []Span) {
	if rows <= 0 || len(spans) == 0 {
		return
	}
	if dstStep < 0 || srcStep < 0 {
		panic(badSpans)
	}
	for i := range spans {
		s := &spans[i]
		if s.Dst < 0 || s.Src < 0 || s.Count < 0 ||
			(rows-1)*dstStep+s.Dst+s.Count > len(dst) || (rows-1)*srcStep+s.Src+s.Count > len(src) {
			panic(badSpans)
		}
	}
	addSpans(isa, dst, dstStep, src, srcStep, rows, spans)
}

func addSpansPortable(dst []float32, dstStep int, src []float32, srcStep, rows int, spans []Span) {
	for _, s := range spans {
		for i := range rows {
			d := dst[i*dstStep+s.Dst:][:s.Count]
			for j, x := range src[i*srcStep+s.Src:][:s.Count] {
				d[j] += x
			}
		}
	}
}

// InterleaveSlack is how many elements behind the last of a row's streams
// Interleave may read.
const InterleaveSlack = 16

// Interleave turns rows of streams, ld apart, into rows of pixels:
//
//	dst[i·dstStep + k·streams + s] = src[i·srcStep + s·ld + k]    i < rows, k < n, s < streams
//
// It panics if a slice is too short, src with InterleaveSlack, before anything
// is touched.
func Interleave(isa ISA, dst []float32, dstStep int, src []float32, srcStep, ld, streams, n, rows int) {
	if rows <= 0 || n <= 0 || streams <= 0 {
		return
	}
	if dstStep < 0 || srcStep < 0 || ld < 0 || len(dst) < (rows-1)*dstStep+n*streams ||
		len(src) < (rows-1)*srcStep+(streams-1)*ld+n+InterleaveSlack {
		panic(badStreams)
	}
	interleave(isa, dst, dstStep, src, srcStep, ld, streams, n, rows)
}

func interleavePortable(dst []float32, dstStep int, src []float32, srcStep, ld, streams, n, rows int) {
	for i := range rows {
		for s := range streams {
			at := i*dstStep + s
			for _, x := range src[i*srcStep+s*ld:][:n] {
				dst[at] = x
				at += streams
			}
		}
	}
}

const (
	badSpans   = "kernel: matrix too short for its spans"
	badStreams = "kernel: matrix too short for its streams"
)

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
func (s *Set) AddSpans(dst []float32, dstStep int, src []float32, srcStep, rows int, spans []Span) {
	if rows <= 0 || len(spans) == 0 {
		return
	}
	if dstStep < 0 || srcStep < 0 {
		panic(badSpans)
	}
	for i := range spans {
		span := &spans[i]
		if span.Dst < 0 || span.Src < 0 || span.Count < 0 ||
			(rows-1)*dstStep+span.Dst+span.Count > len(dst) || (rows-1)*srcStep+span.Src+span.Count > len(src) {
			panic(badSpans)
		}
	}
	if len(dst) == 0 || len(src) == 0 {
		return
	}
	call(s.kernels.AddSpans, &addSpansArgs{dst, src, dstStep, srcStep, rows, spans})
}

// addSpansArgs is a call of AddSpans.
type addSpansArgs struct {
	dst, src               []float32
	dstStep, srcStep, rows int
	spans                  []Span
}

func addSpansPortable(a *addSpansArgs) {
	for _, s := range a.spans {
		for i := range a.rows {
			d := a.dst[i*a.dstStep+s.Dst:][:s.Count]
			for j, x := range a.src[i*a.srcStep+s.Src:][:s.Count] {
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
func (s *Set) Interleave(dst []float32, dstStep int, src []float32, srcStep, ld, streams, n, rows int) {
	if rows <= 0 || n <= 0 || streams <= 0 {
		return
	}
	if dstStep < 0 || srcStep < 0 || ld < 0 || len(dst) < (rows-1)*dstStep+n*streams ||
		len(src) < (rows-1)*srcStep+(streams-1)*ld+n+InterleaveSlack {
		panic(badStreams)
	}
	call(s.kernels.Interleave, &interleaveArgs{dst, src, dstStep, srcStep, ld, streams, n, rows})
}

// interleaveArgs is a call of Interleave.
type interleaveArgs struct {
	dst, src                               []float32
	dstStep, srcStep, ld, streams, n, rows int
}

func interleavePortable(a *interleaveArgs) {
	for i := range a.rows {
		for s := range a.streams {
			at := i*a.dstStep + s
			for _, x := range a.src[i*a.srcStep+s*a.ld:][:a.n] {
				a.dst[at] = x
				at += a.streams
			}
		}
	}
}

const (
	badSpans   = "kernel: matrix too short for its spans"
	badStreams = "kernel: matrix too short for its streams"
)

package nn

import (
	"context"
	"iter"

	"github.com/unslide/unslide/engine/data"
)

// Evaluation is how a model does on a source of images.
type Evaluation struct {
	Images    int
	Correct   int
	Loss      float64   // mean over the images
	Losses    []float64 // of each image
	Predicted []int32   // the class of the largest logit, of each image
}

// Accuracy returns the share of images that were right.
func (e Evaluation) Accuracy() float64 { return float64(e.Correct) / float64(max(e.Images, 1)) }

// evaluationBatch is how many images are computed at a time, where what lies
// between the layers is no more than evaluationRoom elements.
const (
	evaluationBatch = 128
	evaluationRoom  = 1 << 24
)

// batchFor returns how many images are computed at a time in such a memory.
func batchFor(m memory) int {
	_, elements := m.place(1)
	return min(max(evaluationRoom/elements, 1), evaluationBatch)
}

// Evaluate computes losses and predictions of a source's images, on all of the
// model's workers. progress, unless nil, hears how many images are done. It stops
// with the context's error when that ends. Its error names each way in which the
// source does not fit the network, or the image that cannot be read.
func (m *Model[T]) Evaluate(ctx context.Context, source data.Source, progress func(done int)) (Evaluation, error) {
	if err := m.fits(source); err != nil {
		return Evaluation{}, err
	}
	n := source.Len()
	e := Evaluation{Images: n, Losses: make([]float64, n), Predicted: make([]int32, n)}
	b := m.borrow()
	defer m.spare.Put(b)
	batch, size := batchFor(b.memory), m.InputLen()
	from, labels := newFeed[T](source), make([]int32, n)
	for i := range labels {
		labels[i] = source.Label(i)
	}
	for lo := 0; lo < n; lo += batch {
		if ctx.Err() != nil {
			return Evaluation{}, context.Cause(ctx)
		}
		hi := min(lo+batch, n)
		b.resize(hi - lo)
		for i := lo; i < hi; i++ {
			if err := from.read(b.src[(i-lo)*size:(i-lo+1)*size], 0, i); err != nil {
				return Evaluation{}, err
			}
		}
		m.forward(b)
		logits, _ := b.logits()
		m.loss.Loss(logits, e.Losses[lo:hi], e.Predicted[lo:hi], logits, labels[lo:hi])
		if progress != nil {
			progress(hi)
		}
	}
	for i, y := range labels {
		e.Loss += e.Losses[i]
		if e.Predicted[i] == y {
			e.Correct++
		}
	}
	e.Loss /= float64(max(n, 1))
	return e, nil
}

const (
	badImages        = "nn: Model: images are not a whole number of H×W×C images"
	badProbabilities = "nn: Model: probabilities are not classes long for each image"
)

// Probabilities computes the softmax of each image's logits, n × [classes].
func (m *Model[T]) Probabilities(dst, images []T) {
	batches, out := m.logits(images), m.Classes()
	if len(dst) != len(images)/m.InputLen()*out {
		panic(badProbabilities)
	}
	for first, logits := range batches {
		m.loss.Forward(dst[first*out:first*out+len(logits)], logits)
	}
}

// logits returns those of n × [H][W][C] images, a batch at a time with the number
// of its first image. They last until the next.
func (m *Model[T]) logits(images []T) iter.Seq2[int, []T] {
	in := m.InputLen()
	n := len(images) / in
	if len(images) != n*in {
		panic(badImages)
	}
	return func(yield func(int, []T) bool) {
		b := m.borrow()
		defer m.spare.Put(b)
		batch := batchFor(b.memory)
		for lo := 0; lo < n; lo += batch {
			hi := min(lo+batch, n)
			b.resize(hi - lo)
			copy(b.src, images[lo*in:hi*in])
			m.forward(b)
			if logits, _ := b.logits(); !yield(lo, logits) {
				return
			}
		}
	}
}

func (m *Model[T]) borrow() *buffers[T] {
	if b, ok := m.spare.Get().(*buffers[T]); ok {
		return b
	}
	return m.newBuffers(false)
}

//go:build !amd64 || noasm

package kernel

var (
	vectors32 = [numISA]*Vector[float32]{Portable: portableVector[float32]()}
	vectors64 = [numISA]*Vector[float64]{Portable: portableVector[float64]()}
)

//go:build !noasm

package kernel

var vectors32 = [numISA]*Vector[float32]{
	Portable: portableVector[float32](),
	AVX2:     portableVector[float32](),
	AVX512:   portableVector[float32](),
}

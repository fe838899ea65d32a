//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file depthwise -out ../depthwise_amd64.s

//go:noescape
func depthwiseF32AVX512(args *ConvArgs)

//go:noescape
func depthwiseF32AVX2(args *ConvArgs)

//go:noescape
func depthwiseFilterF32AVX512(args *DepthwiseFilterArgs)

//go:noescape
func depthwiseFilterF32AVX2(args *DepthwiseFilterArgs)

func depthwise(isa ISA, a *ConvArgs) {
	switch isa {
	case AVX512:
		depthwiseF32AVX512(a)
	case AVX2:
		depthwiseF32AVX2(a)
	default:
		depthwisePortable(a)
	}
}

func depthwiseFilter(isa ISA, a *DepthwiseFilterArgs) {
	switch isa {
	case AVX512:
		depthwiseFilterF32AVX512(a)
	case AVX2:
		depthwiseFilterF32AVX2(a)
	default:
		depthwiseFilterPortable(a)
	}
}

// The generator in _asm/tile counts on these places.
const (
	_ = -unsafe.Offsetof(DepthwiseFilterArgs{}.Dst)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.A) ^ 24)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.B) ^ 48)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.Runs) ^ 72)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.Taps) ^ 96)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.Cols) ^ 104)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.TapStep) ^ 112)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.AStep) ^ 120)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.BStep) ^ 128)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.DstStride) ^ 136)
	_ = -(unsafe.Offsetof(DepthwiseFilterArgs{}.Accumulate) ^ 144)
)

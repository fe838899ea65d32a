//go:build !noasm

package kernel

//go:generate go run -C _asm ./tile -file depthwise -out ../depthwise_amd64.s

//go:noescape
func depthwiseF32AVX512(args *ConvArgs)

//go:noescape
func depthwiseF32AVX2(args *ConvArgs)

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

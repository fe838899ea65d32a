//go:build !amd64 || noasm

package kernel

func depthwise(_ ISA, a *ConvArgs) { depthwisePortable(a) }

func depthwiseFilter(_ ISA, a *DepthwiseFilterArgs) { depthwiseFilterPortable(a) }

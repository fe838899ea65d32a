//go:build !noasm

package kernel

import "github.com/klauspost/cpuid/v2"

var available = detect()

func detect() []ISA {
	isas := []ISA{Portable}
	if !cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		return isas
	}
	isas = append(isas, AVX2)
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL) {
		isas = append(isas, AVX512)
	}
	return isas
}

//go:build cgo && !purego && !windows

package openblas

import (
	"fmt"
	"os"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// vectors is a family of instruction sets that BLAS kernels are written for.
type vectors int

const (
	unknown vectors = iota
	sse
	avx
	avx2
	avx512
)

func (v vectors) String() string {
	return [...]string{"unknown instructions", "SSE", "AVX", "AVX2", "AVX-512"}[v]
}

// cpuVectors is the best family that the processor and its operating system
// have.
func cpuVectors() vectors {
	switch c := &cpuid.CPU; {
	case c.Supports(cpuid.AVX512F, cpuid.AVX512CD, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL):
		return avx512
	case c.Supports(cpuid.AVX2, cpuid.FMA3):
		return avx2
	case c.Supports(cpuid.AVX):
		return avx
	case c.Supports(cpuid.SSE2):
		return sse
	}
	return unknown // not x86
}

// coreVectors is the family that the kernels of an OpenBLAS core type use.
func coreVectors(core string) vectors {
	switch strings.ToLower(core) {
	case "skylakex", "cooperlake", "sapphirerapids":
		return avx512
	case "haswell", "zen", "excavator":
		return avx2
	case "sandybridge", "bulldozer", "piledriver", "steamroller":
		return avx
	case "prescott", "core2", "penryn", "dunnington", "nehalem", "atom", "nano",
		"barcelona", "bobcat", "opteron", "opteron_sse3", "athlon":
		return sse
	}
	return unknown
}

// coreVariable is the environment variable that makes OpenBLAS take the
// kernels of a named core type, whatever the processor is.
const coreVariable = "OPENBLAS_CORETYPE"

// coreNote says plainly that OpenBLAS runs kernels below what the processor
// has, and why, or nothing.
func coreNote(core string) string {
	has, runs := cpuVectors(), coreVectors(core)
	if runs == unknown || runs >= has {
		return ""
	}
	note := fmt.Sprintf("OpenBLAS runs its %s kernels (%v) although this CPU has %v", core, runs, has)
	if v := os.Getenv(coreVariable); v != "" {
		return fmt.Sprintf("%s, because the environment says %s=%s; unset it for full speed", note, coreVariable, v)
	}
	return note + "; a newer OpenBLAS may know this CPU"
}

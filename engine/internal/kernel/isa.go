package kernel

import (
	"fmt"
	"strings"
)

// ISA is an instruction set that kernels are written for, ordered: a later one
// is faster and a machine that has it has the earlier ones.
type ISA uint8

const (
	// Portable is plain Go. It defines what the other kernels compute.
	Portable ISA = iota
	// AVX2 is AVX2 with FMA: 16 registers of 8 float32.
	AVX2
	// AVX512 is AVX-512 F, BW, DQ, VL: 32 registers of 16 float32 and masks.
	AVX512
	numISA
)

var isaNames = [numISA]string{"portable", "avx2", "avx512"}

func (i ISA) String() string {
	if i < numISA {
		return isaNames[i]
	}
	return fmt.Sprintf("ISA(%d)", uint8(i))
}

// ParseISA is the inverse of String.
func ParseISA(s string) (ISA, error) {
	for i, name := range isaNames {
		if s == name {
			return ISA(i), nil
		}
	}
	return 0, fmt.Errorf("kernel: instruction set %q: want one of %s", s, strings.Join(isaNames[:], ", "))
}

// Available lists the instruction sets of this machine and build, best last.
func Available() []ISA { return available }

// Best returns the best instruction set of this machine and build.
func Best() ISA { return available[len(available)-1] }

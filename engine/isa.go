package engine

import "github.com/unslide/unslide/engine/internal/kernel"

// ISA names an instruction set that the engine has kernels for: it is a string,
// "portable", "avx2" or "avx512", of which [ISAs] are those of this machine.
type ISA = kernel.ISA

// PortableISA, "portable", is plain Go: every machine has it, and it defines what the kernels
// of the others compute.
const PortableISA = kernel.Portable

// ISAs lists the instruction sets of this machine and build, [BestISA] last.
func ISAs() []ISA {
	var isas []ISA
	for _, set := range kernel.Sets() {
		isas = append(isas, set.ISA)
	}
	return isas
}

// BestISA returns the instruction set that plans use unless [WithISA] names
// another one.
func BestISA() ISA { return kernel.Best().ISA }

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// precision is the size of an element and the instructions for it that kernels
// of both precisions use.
type precision struct {
	element string // as names of kernels have it
	size    int    // bytes
	shift   U8     // their logarithm

	move           func(...Op)          // also with a mask of AVX-512
	loadZ          func(src, k, dst Op) // masked, 0 where the mask is
	maskMove       func(src, mask, dst Op)
	broadcast      func(...Op)
	add, mul       func(...Op)
	fma231, fma213 func(...Op)
	fma231Each     func(...Op) // by one element in memory
}

var (
	single = precision{"F32", 4, 2,
		VMOVUPS, VMOVUPS_Z, VMASKMOVPS, VBROADCASTSS, VADDPS, VMULPS, VFMADD231PS, VFMADD213PS, VFMADD231PS_BCST}
	double = precision{"F64", 8, 3,
		VMOVUPD, VMOVUPD_Z, VMASKMOVPD, VBROADCASTSD, VADDPD, VMULPD, VFMADD231PD, VFMADD213PD, VFMADD231PD_BCST}
)

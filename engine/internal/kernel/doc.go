// Package kernel holds the engine's inner loops, tuned by hand: register tiles
// that convolve and multiply matrices, and loops over vectors.
//
//	engine ──────► engine/internal/kernel   (imports nothing of ours)
//	engine/gemm ───────┘
//
// It is the engine's own, because the assembly reads and writes where the
// offsets of a call point: what may come from outside is checked by the plans.
//
// Each kernel has a portable version in Go that defines what it computes, and
// assembly for AVX2 and AVX-512 on amd64, written by the generators in _asm
// (go generate). A [Set] is the kernels of one instruction set, in a file of its
// own, portable.go, avx2_amd64.go or avx512_amd64.go, where it lists itself:
// [Sets] are those of this machine and build, which cpuid and the build tag noasm
// decide. A new one is its assembly and its file. Plans hold the set they use, so
// that tests can run all of them.
//
//   - [Tile] is a register tile for convolutions that read pixels through a
//     table of pointers, and for products of packed matrices.
//   - [OuterArgs] describes sums of outer products, for gradients to filters.
//   - [Vector] has the loops over vectors: activations and their gradients,
//     dense layers of one image, optimiser steps, normalisations, max-pooling, softmax.
//   - [Set.WinogradInput], [Set.WinogradFilter] and [Set.WinogradOutput]
//     transform to and from the tiles of F(4×4,3×3), [Set.WinogradOutputGradient]
//     and [Set.WinogradFilterGradient] to and from those of F(3×3,4×4).
//   - [Set.AddSpans] and [Set.Interleave] put images together that were computed
//     in planes, and [Set.Prefetch] asks for memory ahead of time.
//
// Kernels allocate nothing and start no goroutines.
package kernel

// Package verify proves this build on this machine: every path through the
// engine against the sliding reference and against what other programs computed.
//
//	cmd/unslide ──► bench/verify ──► engine
//	                     ├─────────► bench/shapes    (the built-in cases)
//	                     ├─────────► bench/sliding   (what is right of them)
//	                     └─────────► internal/golden (files of cases)
//
// [Run] runs every case on every one of [Paths], forward and all gradients. It
// draws nothing.
package verify

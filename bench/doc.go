// Package bench puts things side by side: the engine's paths and the sliding
// reference, to prove them equal; the engine, a bare matrix product and other
// frameworks, to see which is faster. Its own are the benchmarks alone,
//
//	go test -bench . ./bench
//
// and what they and the command have in common lies below:
//
//	bench/verify    every path of this build against the reference and golden files
//	bench/measure   layers, training steps and trainings, timed in turns
//	bench/article   the article's experiments
//	bench/slide     demonstrations, element by element
//	     │
//	     ├──► bench/shapes    the named layers and cases
//	     ├──► bench/sliding   any geometry by the sliding reference
//	     ├──► bench/peers     the other frameworks' programs
//	     └──► bench/chart     the one plotter
//
// Nothing outside cmd imports any of it.
package bench

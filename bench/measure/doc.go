// Package measure times the engine beside what people would take instead: the
// sliding reference, a bare matrix product, other frameworks.
//
//	cmd/unslide · bench/article · bench (go test -bench)
//	     └──► bench/measure ──► engine/nn · engine
//	                ├─────────► bench/shapes   (the layers)
//	                ├─────────► bench/sliding  (the reference on them)
//	                ├─────────► bench/peers    (the other frameworks)
//	                └─────────► bench/chart    (pictures of the figures)
//
// [Run] lets the programs take turns on lists of layers, the article's training
// step and a whole training, and returns [Results], which are kept as JSON, summed
// up in a table and drawn. A [Form] is one way to do a piece of work;
// [LayerForms], [StepForms] and [PeakForms] are those of this process, as the
// benchmarks time them, and [ReadFactors] reads what these say.
package measure

// Package spare keeps what calls have released for later calls.
//
//	engine, engine/gemm ──► engine/internal/spare
package spare

// Package fence lets tests run code that reads and writes by address, as
// assembly does, where the memory around its slices cannot be touched.
//
//	tests of engine, engine/internal/kernel ──► internal/fence   (imports nothing of ours)
//
// A slice of [Place] ends exactly where a protected page begins, or begins
// exactly where one ends: one element too far is a fault instead of a number
// that nobody looks at.
package fence

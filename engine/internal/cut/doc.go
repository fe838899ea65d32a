// Package cut says how work is cut into parts and blocks: by the shape alone,
// never by the number of workers, so that results have the same bits for any
// number of them.
//
//	engine, algorithms ──► cut ──► im2col
//
// A [Cut] is made for the sake of more workers, a [Grid] of blocks so that what
// one block reads fits a worker's share of the second-level cache ([CacheShare]).
package cut

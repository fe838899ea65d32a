// Package chart gives the project's pictures one look, by gonum/plot: colours
// that the colour-blind tell apart, letters legible where a page shrinks the
// picture to its column, an opaque ground that is readable on light pages and
// dark ones alike.
//
//	bench/measure · bench/article · bench/slide ──► bench/chart ──► internal/wholefile
//
// [NewPanel] makes a plot of that look, [Write] draws one or several below each
// other into a PNG or SVG file. [Encode] and [Image] make a picture of what else
// is painted.
package chart

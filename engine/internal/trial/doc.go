// Package trial has what the tests of engine and of its rooms share: the definition
// of a convolution, data on which sums are exact, destinations between guard zones,
// and the way a plan runs a runner, one part after the other.
package trial

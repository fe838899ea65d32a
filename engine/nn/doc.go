// Package nn builds convolutional networks of the engine's plans and trains
// them.
//
//	cmd/unslide ──► engine/nn ──► engine ──► im2col
//	     │              └───────► engine/data ◄── engine/data/*
//	     └──► bench ──► engine/nn
//
// A [Network] describes layers; [Article] is the article's. [New] makes a
// [Model] of it: plans and parameters, float32 or float64. A [Learner] takes
// single optimiser steps on a model, a [Trainer] runs epochs of them over a
// [data.Source] of images, reports, and stops and resumes to the bit. [Weights]
// is what a file keeps: .npz, or the article's own .npy. A [CheckpointFile] keeps
// a training's while it goes on.
//
// A step allocates nothing once the first of its batch size has run, and
// computes the same bits for any number of workers.
package nn

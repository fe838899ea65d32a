// Package slide shows how a convolution works, element by element, as the
// article explains it: frames of text, an animated GIF, or a strip of pictures.
//
//	cmd/unslide ──► bench/slide ──► naive     (the values)
//	                     ├────────► im2col    (where the kernel lies; the matrix)
//	                     └────────► bench/chart (colours and letters)
//
// [Convolution], [Gradient], [Maps], [Pool], [Reshape] and [MovingCentre] each make a
// [Scene]: frames of matrices with the elements marked that a step uses. A
// scene is written by [Scene.WriteText], [Scene.WriteGIF] and [Scene.WriteStrip].
package slide

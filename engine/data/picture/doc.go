// Package picture reads PNG and JPEG files of anyone's making.
//
//	cmd/unslide ──► engine/data/folder ──► engine/data/picture   (imports nothing of ours)
//	     └────────► engine/data/mnist ───────────┘
//
// [Open] looks at a file and believes nothing: what the picture claims to be is
// compared with the file's size before memory is taken for it.
// [Picture.Pixels] decodes it, turned as the camera was held.
package picture

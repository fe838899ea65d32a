package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
)

// Picture is a file that was looked at and is not decoded yet. One goroutine uses
// it at a time.
type Picture struct {
	r           io.ReadSeeker
	format      format
	w, h        int // as it is stored
	orientation int
}

// Open reads what a picture says of itself. Its error says why it cannot be
// decoded: another format, a file that cannot hold every pixel, too many pixels.
func Open(r io.ReadSeeker) (*Picture, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	f, err := formatOf(r)
	if err != nil {
		return nil, err
	}
	config, err := f.config(r)
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	if err := f.plausible(config, r, size); err != nil {
		return nil, err
	}
	return &Picture{r, f, config.Width, config.Height, f.orientation(r)}, nil
}

// Orientation returns EXIF's, 1 to 8, which says how the decoded picture is to be
// turned; 1, not at all, where there is none that can be read.
func (p *Picture) Orientation() int { return p.orientation }

// Size returns the picture's rows and columns as it is to be seen.
func (p *Picture) Size() (h, w int) {
	if Sideways(p.orientation) {
		return p.w, p.h
	}
	return p.h, p.w
}

const (
	upright         = 1
	sideways        = 5
	lastOrientation = 8
)

// Sideways reports whether an EXIF orientation turns rows into columns.
func Sideways(orientation int) bool { return orientation >= sideways }

// Decode returns the picture as it is stored.
func (p *Picture) Decode() (image.Image, error) {
	if _, err := p.r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := p.format.decode(p.r)
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return img, nil
}

// maxPicture bounds the memory of a decoded picture, in bytes: that of 16
// million pixels at least, of 100 million at most.
const maxPicture = 1 << 27

// A format of pictures.
type format struct {
	begin  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	meta   imagemeta.ImageFormat
	// least is how many pixels a bit of the file can make at most: deflate
	// packs 1032 to 1, and JPEG has a bit for each block of 8×8.
	least int
}

var formats = []format{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, imagemeta.PNG, 1032},
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG, 8 * 8},
}

// formatOf tells formats apart by their first bytes and returns to them.
func formatOf(r io.ReadSeeker) (format, error) {
	begin := make([]byte, 8)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return format{}, err
	}
	n, err := io.ReadFull(r, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return format{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return format{}, err
	}
	for _, f := range formats {
		if bytes.HasPrefix(begin[:n], []byte(f.begin)) {
			return f, nil
		}
	}
	return format{}, errors.New("picture: no known format: want PNG or JPEG")
}

// plausible refuses pictures of which the file cannot hold every pixel, and
// those too large to decode.
func (f format) plausible(c image.Config, r io.ReadSeeker, size int64) error {
	if c.Width < 1 || c.Height < 1 {
		return fmt.Errorf("picture: %d×%d pixels: want at least one", c.Width, c.Height)
	}
	pixels := int64(c.Width) * int64(c.Height) // each at most 2³¹
	if pixels/8/int64(f.least) > size {
		return fmt.Errorf("picture: %d×%d pixels in %d bytes: want the whole file", c.Width, c.Height, size)
	}
	bytes := int64(4)
	switch c.ColorModel {
	case color.GrayModel:
		bytes = 1
	case color.Gray16Model:
		bytes = 2
	case color.RGBA64Model, color.NRGBA64Model:
		bytes = 8
	case color.YCbCrModel:
		bytes = 2 // mostly: 1.5 to 3
	default:
		if _, ok := c.ColorModel.(color.Palette); ok {
			bytes = 1
		}
	}
	if f.meta == imagemeta.JPEG && isProgressive(r) {
		bytes *= 4 // its coefficients are kept, of 32 bits each
	}
	if limit := maxPicture / bytes; pixels > limit {
		return fmt.Errorf("picture: %d×%d pixels: want at most %d of this kind in all, make it smaller", c.Width, c.Height, limit)
	}
	return nil
}

// isProgressive looks for the frame header of a JPEG.
func isProgressive(r io.ReadSeeker) bool {
	if _, err := r.Seek(2, io.SeekStart); err != nil {
		return false
	}
	for {
		var b [4]byte // a marker and the length of its segment
		if _, err := io.ReadFull(r, b[:]); err != nil || b[0] != 0xff {
			return false
		}
		const sof0, sof2, dht, sos = 0xc0, 0xc2, 0xc4, 0xda
		switch {
		case b[1] >= sof0 && b[1] <= 0xcf && b[1] != dht:
			return b[1] == sof2
		case b[1] == sos:
			return false
		}
		if _, err := r.Seek(int64(b[2])<<8+int64(b[3])-2, io.SeekCurrent); err != nil {
			return false
		}
	}
}

// orientation returns EXIF's, 1 where there is none that can be read.
func (f format) orientation(r io.ReadSeeker) int {
	orientation := upright
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return orientation
	}
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: r, ImageFormat: f.meta, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Namespace == "IFD0" && t.Tag == "Orientation" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && v >= upright && v <= lastOrientation {
				orientation = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return orientation
}

package direct

import "github.com/unslide/unslide/engine/internal/cut"

const (
	blockTiles    = 16 // tiles of pixels in a block, about
	minBlockTiles = 4
	maxTable      = 1 << 20 // entries of one offset table
)

// cutBlocks chooses blocks of about 16 tiles of pixels, fewer where so many
// elements of the source for each would not fit half of the second-level cache,
// and where a tile of a panel is a part's work and there are few of them.
func (r *product) cutBlocks(read int) cut.Grid {
	g, mr := &r.G, r.tile().MR
	tiles := min(max(cut.CacheShare/4/read/mr, minBlockTiles), blockTiles)
	if r.deep() {
		tiles = min(tiles, max(1, g.Rows()*r.units()/mr/cut.EnoughParts))
	}
	return cut.NewGrid(g, tiles*mr)
}

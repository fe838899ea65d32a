package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"

	"github.com/unslide/unslide/engine/internal/random"
)

// Order says in which order an epoch sees the images.
type Order struct {
	Kind OrderKind `json:"kind"`
	// Seed makes each epoch's permutation, together with the epoch's number.
	Seed uint64 `json:"seed,omitempty"`
	// List holds image numbers, from 0, for every epoch. An image may come
	// twice or never.
	List []int `json:"-"`
}

// OrderKind is a kind of order.
type OrderKind string

const (
	Natural  OrderKind = "natural"  // 0, 1, 2, …
	Shuffled OrderKind = "shuffled" // a new permutation each epoch
	Listed   OrderKind = "list"     // as List says
)

func (o Order) validate(images int) error {
	switch {
	case o.Kind != Natural && o.Kind != Shuffled && o.Kind != Listed:
		return fault("order", fmt.Sprintf("%q", o.Kind), fmt.Sprintf("%q, %q or %q", Natural, Shuffled, Listed))
	case o.Kind != Listed && len(o.List) > 0:
		return fault("order", fmt.Sprintf("%q with a list of images", o.Kind), fmt.Sprintf("%q", Listed))
	case o.Kind == Listed && len(o.List) == 0:
		return fault("order", fmt.Sprintf("%q without images", o.Kind), "at least one")
	}
	for i, v := range o.List {
		if v < 0 || v >= images {
			return fault("order", fmt.Sprintf("with image %d as entry %d", v, i+1), fmt.Sprintf("0 to %d", images-1))
		}
	}
	return nil
}

// digest identifies a list.
func (o Order) digest() string {
	if len(o.List) == 0 {
		return ""
	}
	h := sha256.New()
	var b [8]byte
	for _, v := range o.List {
		binary.LittleEndian.PutUint64(b[:], uint64(v))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Epoch writes the order of an epoch, from 0, over so many images to dst, which
// may be shorter than the order.
func (o Order) Epoch(dst []int, epoch, images int) {
	switch o.Kind {
	case Listed:
		copy(dst, o.List)
	case Natural:
		for i := range dst {
			dst[i] = i
		}
	case Shuffled:
		// The first places of a Fisher-Yates shuffle, with what it would
		// swap to the rest kept aside.
		g := random.SplitMix64(o.Seed)
		g = random.SplitMix64(g.Next() + uint64(epoch))
		all := make([]int, images)
		for i := range all {
			all[i] = i
		}
		for i := range dst {
			j, _ := bits.Mul64(g.Next(), uint64(images-i))
			all[i], all[i+int(j)] = all[i+int(j)], all[i]
			dst[i] = all[i]
		}
	}
}

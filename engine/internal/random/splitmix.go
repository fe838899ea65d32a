package random

// SplitMix64 is the generator of Steele, Lea and Flood (2014); its value is the
// state, at first the seed.
type SplitMix64 uint64

// Next returns the next 64 bits.
func (s *SplitMix64) Next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

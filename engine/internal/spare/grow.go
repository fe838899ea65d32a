package spare

// Grow returns a slice of at least the given length, s if that will do. The
// content is lost.
func Grow[T any](s []T, length int) []T {
	if length <= cap(s) {
		return s[:cap(s)]
	}
	return make([]T, length)
}

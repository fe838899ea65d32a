package data

// Sets are a data set as it comes: what networks are trained on and what they are
// tested on, of the same shape and classes.
type Sets struct {
	Train *Set
	Test  *Set     // without images where the data set has none for tests
	Names []string // of the classes; nil where their numbers are all there is
}

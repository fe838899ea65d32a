package im2col

// A Fault is a field of a description with a value that it cannot have: a size
// of a [Geometry], an option of a plan, a setting of a training. Whoever checks a
// description returns all of its faults, joined by [errors.Join]; [errors.As]
// finds the first.
type Fault struct {
	Package string // whose description it is; "" where an error around it says so
	Field   string // as the description calls it: stride, workers, rate
	Value   string // as text, for several numbers such as 0×2; "" where none is meant
	Want    string // what is allowed
}

// Error returns "package: field value: want what".
func (f *Fault) Error() string {
	s := f.Field
	if f.Package != "" {
		s = f.Package + ": " + s
	}
	if f.Value != "" {
		s += " " + f.Value
	}
	return s + ": want " + f.Want
}

func fault(field, value, want string) error {
	return &Fault{Package: "im2col", Field: field, Value: value, Want: want}
}

package gemm

// Info says what computes a backend's products, for people to read.
type Info struct {
	Name    string // as ByName takes it: openblas, packed, gonum
	Version string // of the library; empty where it does not say
	Kernels string // which of its kernels run: OpenBLAS's name of the CPU type
	Config  string // how the library was built, in its own words
	Threads int    // of the library's own for one product, as it is set now
	Callers int    // goroutines inside it at the same time, 0: no bound
	// Note is a sentence on what holds the library down, empty where nothing
	// does.
	Note string
}

// String is one line without the configuration and the note.
func (i Info) String() string {
	s := i.Name
	for _, part := range []string{i.Version, i.Kernels} {
		if part != "" {
			s += " " + part
		}
	}
	return s
}

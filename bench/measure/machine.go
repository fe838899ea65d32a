package measure

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/klauspost/cpuid/v2"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/gemm"
)

// Machine says where figures were measured.
type Machine struct {
	CPU     string   `json:"cpu"`
	Cores   int      `json:"cores"`
	OS      string   `json:"os"`
	Go      string   `json:"go"`
	Version string   `json:"version,omitempty"` // of unslide: the commit, where the build knows it
	ISA     string   `json:"isa"`               // the best own kernels
	BLAS    []string `json:"blas"`
	// Notes say what holds the figures down, such as an environment that
	// keeps OpenBLAS from its best kernels.
	Notes []string `json:"notes,omitempty"`
}

// ThisMachine describes this machine and build.
func ThisMachine() Machine {
	m := Machine{
		CPU: cpuid.CPU.BrandName, Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), ISA: fmt.Sprint(engine.BestISA()),
	}
	if m.CPU == "" {
		m.CPU = runtime.GOARCH
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				m.Version = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	for _, b := range gemm.Backends() {
		info := b.Info()
		m.BLAS = append(m.BLAS, info.String())
		if info.Note != "" {
			m.Notes = append(m.Notes, info.Note)
		}
	}
	return m
}

//go:build cgo && !purego && !windows

package openblas

import (
	"strings"
	"testing"
)

func TestCoreNote(t *testing.T) {
	if cpuVectors() < avx2 {
		t.Skip("needs a CPU that some core type is below")
	}
	t.Setenv(coreVariable, "nehalem")
	if note := coreNote("Nehalem"); !strings.Contains(note, "(SSE)") || !strings.Contains(note, "OPENBLAS_CORETYPE=nehalem; unset it") {
		t.Errorf("held down by the environment: %q", note)
	}
	t.Setenv(coreVariable, "")
	if note := coreNote("Nehalem"); !strings.Contains(note, "newer OpenBLAS") {
		t.Errorf("an OpenBLAS that does not know the CPU: %q", note)
	}
	for _, core := range []string{"SapphireRapids", "neoversen1", ""} {
		if note := coreNote(core); note != "" {
			t.Errorf("core type %q: %q", core, note)
		}
	}
}

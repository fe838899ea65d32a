package needs

import (
	"os"
	"testing"
)

// Skipf leaves a test out for want of what the text names. In continuous
// integration, where $CI is true, it fails the test.
func Skipf(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

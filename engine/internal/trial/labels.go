package trial

import (
	"bytes"
	"regexp"
	"runtime/pprof"
	"strings"
	"testing"
)

// GoroutineLabels returns the labels, as a profile of all goroutines has them,
// of those whose stacks show a function.
func GoroutineLabels(t *testing.T, function string) (labels []string) {
	t.Helper()
	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		t.Fatal(err)
	}
	for _, group := range strings.Split(text.String(), "\n\n") {
		if !strings.Contains(group, function) {
			continue
		}
		label := "none"
		if m := labelLine.FindStringSubmatch(group); m != nil {
			label = m[1]
		}
		labels = append(labels, label)
	}
	return labels
}

var labelLine = regexp.MustCompile(`(?m)^# labels: (.*)$`)

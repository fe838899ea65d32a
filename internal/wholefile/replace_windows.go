package wholefile

import "github.com/moby/sys/atomicwriter"

// replace makes content the file at a path that is no link, in one step.
func replace(path string, content []byte) error {
	return atomicwriter.WriteFile(path, content, 0o666)
}

//go:build !windows

package wholefile

import "github.com/google/renameio/v2"

// replace makes content the file at a path that is no link, in one step.
func replace(path string, content []byte) error {
	return renameio.WriteFile(path, content, 0o666)
}

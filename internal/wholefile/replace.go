//go:build !windows

package wholefile

import (
	"path/filepath"

	"github.com/google/renameio/v2"
)

// replace makes content the file at a path that is no link, in one step. Until
// then it lies beside, whatever other folders there are for temporary files.
func replace(path string, content []byte) error {
	return renameio.WriteFile(path, content, 0o666, renameio.WithTempDir(filepath.Dir(path)))
}

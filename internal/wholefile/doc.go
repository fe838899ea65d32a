// Package wholefile writes files that are whole at any moment: whoever opens
// the path, or finds it after the process was killed, has either all of the new
// content or all of what was there before. Everything of ours that writes a
// result into a file does it here.
package wholefile

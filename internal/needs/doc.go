// Package needs is where tests ask for what a machine may lack: a data set out
// of the network, a tool, a terminal.
//
//	tests ──► internal/needs   (imports nothing of ours)
//
// On a machine of one's own such a test is left out and says why; where CI=true
// it fails, so that none is left out for good unnoticed.
package needs

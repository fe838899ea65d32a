package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"github.com/unslide/unslide/engine/nn"
)

// resumeLine returns the command that goes on where the training stopped, to
// the bits of one that did not stop. It is for a shell, in any folder.
//
// What the command line said is said again, but for where to begin. An .npz
// knows its settings, the article's form does not: there those that a resumed
// file, and not the command line, had brought are said too. A training that
// named no file goes on in the one it was saved to.
func (s *saver) resumeLine() string {
	words := []string{program(), "train", "--resume", absolute(s.path), "--save", absolute(cmp.Or(s.train.Save, s.path))}
	flags := s.flags()
	if strings.EqualFold(filepath.Ext(s.path), ".npy") {
		flags = append(flags, s.settings()...)
	}
	said := map[string]bool{}
	for _, f := range flags {
		if !said[f[0]] {
			said[f[0]] = true
			words = append(words, f...)
		}
	}
	return shellescape.QuoteCommand(words)
}

// resumed says where a training goes on.
func resumed(j job) string {
	taken, per := j.taken(), j.steps()/j.config().Epochs
	if taken == j.steps() {
		s := fmt.Sprintf("already trained: %s, %d steps", count(j.config().Epochs, "epoch"), taken)
		if j.config().Optimizer.Schedule == nn.Constant {
			s += fmt.Sprintf("; --epochs %d or more would go on", j.config().Epochs+1)
		}
		return s
	}
	losses := j.checkpoint().Training.Losses
	s := fmt.Sprintf("going on after step %d of %d, in epoch %d of %d", taken, j.steps(), taken/per+1, j.config().Epochs)
	if last := losses[max(0, taken-j.config().ReportEvery):]; len(last) > 0 {
		sum := 0.0
		for _, loss := range last {
			sum += loss
		}
		s += fmt.Sprintf("; mean loss of the last %s %.6f", count(len(last), "step"), sum/float64(len(last)))
	}
	return s
}

// flags returns what the command line said that holds for the rest of the
// training: not where it began, and no profile, which would be overwritten.
func (s *saver) flags() (flags [][]string) {
	for _, p := range s.line.Path {
		f := p.Flag
		if f == nil || slices.Contains([]string{"init", "resume", "save", "cpuprofile", "memprofile", "exec-trace"}, f.Name) {
			continue
		}
		if f.Name == "seed" && s.train.Order != string(nn.Shuffled) {
			continue // of the weights that it began with
		}
		value := reflect.Indirect(f.Target)
		switch text := fmt.Sprint(value); {
		case f.IsBool() && value.Bool():
			flags = append(flags, []string{"--" + f.Name})
		case f.IsBool():
		case isFile(f.Name, text):
			flags = append(flags, []string{"--" + f.Name, absolute(text)})
		default:
			flags = append(flags, []string{"--" + f.Name, text})
		}
	}
	return flags
}

// isFile reports whether a flag's value is the name of a file or folder.
func isFile(flag, value string) bool {
	switch flag {
	case "data", "log":
		return true
	case "order":
		return value != "" && value != string(nn.Natural) && value != string(nn.Shuffled)
	case "network":
		return value != "" && networks[value] == nil
	case "init":
		return !strings.HasPrefix(value, goldenPrefix)
	}
	return false
}

// settings returns the flags of all that decides a training and that the
// article's form does not keep.
func (s *saver) settings() [][]string {
	c := s.job.config()
	flags := [][]string{
		{"--epochs", fmt.Sprint(c.Epochs)},
		{"--lr", fmt.Sprint(c.Optimizer.Rate)},
		{"--schedule", string(c.Optimizer.Schedule)},
		{"--limit", fmt.Sprint(c.Limit)},
	}
	if c.Order.Kind == nn.Shuffled {
		flags = append(flags, []string{"--order", string(nn.Shuffled)}, []string{"--seed", fmt.Sprint(c.Order.Seed)})
	}
	return flags
}

// program returns the name that this program was called by.
func program() string {
	if name := os.Args[0]; filepath.Base(name) == name {
		return name // the shell finds it
	}
	return absolute(os.Args[0])
}

// absolute returns the path from anywhere, or as it is where it cannot be had.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

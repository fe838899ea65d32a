package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// commands is the whole command line.
type commands struct {
	Info    infoCmd    `cmd:"" help:"Print what this machine and this build compute with."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// console is where a command prints.
type console struct {
	out, err io.Writer
	// terminal says that out is one: progress may redraw its line.
	terminal bool
}

const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

func main() {
	// The first interrupt asks the command to stop; from then on they have
	// their usual effect.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	c := console{out: os.Stdout, err: os.Stderr, terminal: term.IsTerminal(int(os.Stdout.Fd()))}
	os.Exit(run(ctx, os.Args[1:], c))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, c console) (status int) {
	// Kong calls exit after printing help, and expects it not to return.
	type exit int
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exit)
			if !ok {
				panic(p)
			}
			status = int(e)
		}
	}()

	parser, err := kong.New(new(commands),
		kong.Name("unslide"),
		kong.Description("Convolutions as matrix products: train convolutional networks on the CPU, and see where the time goes."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
	)
	if err != nil {
		panic(err) // the commands' own tags are wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		c.fault(err)
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		c.fault(err)
		return exitFail
	}
	return exitOK
}

// fault prints an error, one line for each fault.
func (c console) fault(err error) {
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		err = parse.Unwrap()
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(c.err, "unslide: %s\n", strings.TrimSpace(line))
	}
}

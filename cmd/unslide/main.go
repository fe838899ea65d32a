package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/bench/slide"
)

// commands is the whole command line.
type commands struct {
	Train    trainCmd    `cmd:"" help:"Train a network on MNIST: without flags, the article's."`
	Eval     evalCmd     `cmd:"" help:"Test a weights file on the 10000 test images."`
	Predict  predictCmd  `cmd:"" help:"Read digits in pictures."`
	Compare  compareCmd  `cmd:"" help:"Train sliding kernels and the engine side by side, and draw both."`
	Timeline timelineCmd `cmd:"" help:"Time each layer of a training step, and draw it."`
	Article  articleCmd  `cmd:"" help:"Measure each claim of the article on this machine."`
	Data     dataCmd     `cmd:"" help:"Find or fetch the data set, and check it."`
	Verify   verifyCmd   `cmd:"" help:"Check this build on this machine against sliding kernels."`
	Bench    benchCmd    `cmd:"" help:"Measure the engine on this machine, beside other frameworks if you like."`
	Slide    slideCmd    `cmd:"" help:"Show how convolution works, element by element."`
	Info     infoCmd     `cmd:"" help:"Print what this machine and this build compute with."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

// sameCtrlC is how long after one Ctrl-C another is not yet a second: timeout
// sends its signal to the program and to the program's group.
const sameCtrlC = time.Second

func main() {
	// The first Ctrl-C asks the command to stop; the next has its usual effect,
	// unless it comes so soon that it is the same one.
	ctx, usual := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, func() { time.AfterFunc(sameCtrlC, usual) })
	// These ask too, and however often: of one terminal that closes both the
	// kernel and the shell tell.
	ctx, _ = signal.NotifyContext(ctx, askingSignals()...)
	ignoreClosedPipes()
	os.Exit(run(ctx, os.Args[1:], console{out: newStream(os.Stdout), err: newStream(os.Stderr)}))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, c console) (status int) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := &output{w: c.out.Writer, stop: stop}
	c.out.Writer = out
	if len(args) == 0 {
		args = []string{"--help"}
	}
	status, err := parseAndRun(ctx, args, c)
	if failed := out.failed(); failed != nil {
		if errors.Is(err, failed) || errors.Is(err, context.Canceled) {
			err = nil // it stopped for this
		}
		if !errors.Is(failed, syscall.EPIPE) { // that is a reader who has read enough, as head
			err = errors.Join(err, failed)
		}
		status = exitFail
	}
	if err != nil {
		// Kong begins with the command, which the user has just typed.
		c.fault(errors.New(strings.TrimPrefix(err.Error(), args[0]+": ")))
	}
	return status
}

// parseAndRun is run without the care for the output.
func parseAndRun(ctx context.Context, args []string, c console) (status int, err error) {
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
		kong.Writers(c.out.Writer, c.err.Writer),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
		numbers(),
		kong.Vars{
			"demos": strings.Join(slide.Demos(), ","), "engines": engineNames(), "lists": strings.Join(shapes.ListNames(), ", ")},
		kong.ExplicitGroups([]kong.Group{
			{Key: "training", Title: "Training:"},
			{Key: "machine", Title: "Machine:"},
			{Key: "files", Title: "Files:"},
			{Key: "profiles", Title: "Profiles:"},
		}),
	)
	if err != nil {
		panic(err) // the commands' own tags are wrong
	}
	if err := knownCommand(parser, args[0]); err != nil {
		return exitUsage, err
	}
	if err := noneEmpty(args[1:]); err != nil {
		return exitUsage, err
	}
	parsed, err := parser.Parse(withNegatives(args))
	var bad notANumber
	if errors.As(err, &bad) {
		return exitUsage, bad // as it is: kong adds the flag before it
	}
	if err != nil {
		return exitUsage, err
	}
	if err := writesApart(parsed); err != nil {
		return exitUsage, err
	}
	if err := parsed.Run(); err != nil {
		return exitFail, err
	}
	return exitOK, nil
}

// knownCommand refuses what is neither a flag nor a command, and says what is.
func knownCommand(parser *kong.Kong, arg string) error {
	if strings.HasPrefix(arg, "-") {
		return nil
	}
	var names []string
	for _, command := range parser.Model.Children {
		if command.Name == arg {
			return nil
		}
		names = append(names, command.Name)
	}
	return fmt.Errorf("command %q: want one of %s", arg, strings.Join(names, ", "))
}

// noneEmpty refuses values without a letter, as an unset variable of a script
// leaves them: kong takes one for the present folder, or for a flag that is not
// given.
func noneEmpty(args []string) error {
	var errs []error
	for i, arg := range args {
		switch flag, value, tied := strings.Cut(arg, "="); {
		case tied && value == "" && strings.HasPrefix(flag, "--"):
			errs = append(errs, fmt.Errorf("%s \"\": want a value, or the flag left out", flag))
		case arg == "" && i > 0 && strings.HasPrefix(args[i-1], "--"):
			errs = append(errs, fmt.Errorf("%s \"\": want a value, or the flag left out", args[i-1]))
		case arg == "":
			errs = append(errs, errors.New("argument \"\": want a value, or the argument left out"))
		}
	}
	return errors.Join(errs...)
}

// withNegatives ties a value that begins with a minus and a digit to the flag
// before it, for kong takes what begins with a hyphen for a flag.
func withNegatives(args []string) (tied []string) {
	for i, arg := range args {
		negative := len(arg) > 1 && arg[0] == '-' && (arg[1] == '.' || '0' <= arg[1] && arg[1] <= '9')
		if i > 0 && negative && len(args[i-1]) > 2 && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "=") {
			tied[len(tied)-1] += "=" + arg
		} else {
			tied = append(tied, arg)
		}
	}
	return tied
}

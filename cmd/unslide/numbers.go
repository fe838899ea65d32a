package main

import (
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/engine"
)

// notANumber is the fault of a flag whose value is none.
type notANumber struct{ *engine.Fault }

// numbers are mappers of flags to numbers.
func numbers() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		var errs []error
		for _, o := range []kong.Option{
			number(reflect.TypeFor[int](), "a whole number", func(s string) (int64, error) { return strconv.ParseInt(s, 0, 64) }, reflect.Value.SetInt),
			number(reflect.TypeFor[uint64](), "a whole number from 0", func(s string) (uint64, error) { return strconv.ParseUint(s, 0, 64) }, reflect.Value.SetUint),
			number(reflect.TypeFor[float64](), "a number", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }, reflect.Value.SetFloat),
			number(reflect.TypeFor[time.Duration](), "a time, such as 1s or 500ms", func(s string) (int64, error) {
				d, err := time.ParseDuration(s)
				return int64(d), err
			}, reflect.Value.SetInt),
		} {
			errs = append(errs, o.Apply(k))
		}
		return errors.Join(errs...)
	})
}

func number[N any](of reflect.Type, want string, parse func(string) (N, error), set func(reflect.Value, N)) kong.Option {
	return kong.TypeMapper(of, kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		fault := notANumber{&engine.Fault{Field: "--" + ctx.Value.Name, Want: want}}
		token := ctx.Scan.Pop()
		text, is := token.Value.(string)
		if !is || token.IsEOL() {
			return fault
		}
		fault.Value = strconv.Quote(text)
		n, err := parse(text)
		if err != nil {
			return fault
		}
		set(target, n)
		return nil
	}))
}

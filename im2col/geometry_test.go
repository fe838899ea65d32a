package im2col

import (
	"errors"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	cases := []struct {
		name              string
		in                Input
		f                 Filter
		p                 Padding
		opts              []Option
		oh, ow, top, left int
		bottom, right     int
	}{
		{"same_odd_pixel_at_the_end", Input{5, 6, 1}, Filter{3, 2, 1}, Same(), []Option{Stride(2, 1)}, 3, 6, 1, 0, 1, 1},
		{"valid", Input{5, 6, 1}, Filter{3, 2, 1}, Valid(), nil, 3, 5, 0, 0, 0, 0},
		{"valid_rest", Input{6, 6, 1}, Filter{3, 3, 1}, Valid(), []Option{Stride(2, 2)}, 2, 2, 0, 0, -1, -1},
		{"padded", Input{5, 5, 1}, Filter{3, 3, 1}, Padded(1, 2, 0, -1), nil, 6, 2, 1, 0, 2, -1},
		{"ceil", Input{6, 6, 1}, Filter{3, 2, 1}, PaddedCeil(0, 0, 0, 0), []Option{Stride(2, 2)}, 3, 3, 0, 0, 1, 0},
		{"ceil_behind_the_image", Input{4, 5, 1}, Filter{1, 2, 1}, PaddedCeil(0, 2, 0, 2), []Option{Stride(3, 5)}, 2, 1, 0, 0, 0, -3},
		{"ceil_at_the_image", Input{5, 5, 1}, Filter{2, 2, 1}, PaddedCeil(1, 1, 1, 2), []Option{Stride(6, 4)}, 1, 2, 1, 1, -4, 0},
		{"article_conv1", Input{28, 28, 1}, Filter{2, 2, 5}, Centred(0, 0), []Option{Stride(2, 2)}, 14, 14, 0, 0, 0, 0},
		{"article_conv2", Input{7, 7, 5}, Filter{3, 3, 20}, Centred(1, 1), nil, 7, 7, 1, 1, 1, 1},
		{"article_mode_convolution", Input{28, 28, 1}, Filter{2, 2, 5}, Centred(1, 0), []Option{Stride(2, 2), Flip()}, 14, 15, 0, 1, 0, 1},
		{"dilated_same", Input{7, 7, 1}, Filter{3, 3, 1}, Same(), []Option{Dilation(2, 3)}, 7, 7, 2, 3, 2, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, err := New(c.in, c.f, c.p, c.opts...)
			if err != nil {
				t.Fatal(err)
			}
			got := [6]int{g.OH, g.OW, g.PadTop, g.PadLeft, g.PadBottom(), g.PadRight()}
			want := [6]int{c.oh, c.ow, c.top, c.left, c.bottom, c.right}
			if got != want {
				t.Errorf("%v: OH, OW, pad top, left, bottom, right = %v, want %v", g, got, want)
			}
		})
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	_, err := New(Input{0, 3, 4}, Filter{3, -1, 6}, Padding{}, Stride(0, 2), Dilation(1, 0), Groups(5))
	if f := new(Fault); !errors.As(err, &f) || f.Package != "im2col" || f.Field != "input" || f.Value != "0×3×4" || !strings.HasPrefix(f.Want, "at least 1×1×1, ") {
		t.Fatalf("%#v: want the input's fault", err)
	}
	for _, want := range []string{"padding rule: want Same, ", "input 0×3×4", "kernel 3×-1", "stride 0×2", "dilation 1×0", "groups 5: want a divisor of the 4 input", "groups 5: want a divisor of the 6 filters"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %q:\n%v", want, err)
		}
	}
}

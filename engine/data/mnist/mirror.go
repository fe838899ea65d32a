package mnist

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// mirror is the address of a folder that has the published files.
type mirror string

// mirrors are the two public places that carry the published files.
var mirrors = []string{
	"https://ossci-datasets.s3.amazonaws.com/mnist/",
	"https://storage.googleapis.com/cvdf-datasets/mnist/",
}

// mirrorClient gives up soon on a machine that reaches no mirror. What it is
// sent it leaves as it is: the files are gzipped, whatever a server calls that.
var mirrorClient = &http.Client{
	Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 10 * time.Second,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
	},
}

func (m mirror) get(ctx context.Context, f *file, report func(Progress)) (found, error) {
	at := string(m) + f.name + ".gz"
	raw, err := download(ctx, at, f, report)
	var content []byte
	if err == nil {
		content, err = f.content(raw)
	}
	if err != nil {
		return found{}, f.failed(at, err, report)
	}
	return found{raw, content, at}, nil
}

// download takes as long as bytes keep coming.
func download(ctx context.Context, at string, f *file, report func(Progress)) (b []byte, err error) {
	ctx, heard, stop := untilSilent(ctx)
	defer stop()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	resp, err := mirrorClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	total := resp.ContentLength
	if total < 0 {
		total = f.gzipSize
	}
	body := &counter{r: resp.Body, told: Progress{File: f.name, Source: at, Total: total}, heard: heard, report: report}
	return readBounded(body, f.maxCompressed())
}

// counter reports what was read, every 256 KiB before the end.
type counter struct {
	r      io.Reader
	told   Progress
	done   int64
	heard  func()
	report func(Progress)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.heard()
	}
	if c.done += int64(n); c.done-c.told.Done >= 256<<10 && c.done < c.told.Total {
		c.told.Done = c.done
		c.report(c.told)
	}
	return n, err
}

// maxSilence is how long a download may bring nothing.
const maxSilence = 30 * time.Second

// untilSilent returns a context that ends when heard was not called for so
// long, or at stop.
func untilSilent(parent context.Context) (ctx context.Context, heard, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(maxSilence, func() { cancel(fmt.Errorf("nothing came for %v", maxSilence)) })
	return ctx, func() { timer.Reset(maxSilence) }, func() { timer.Stop(); cancel(nil) }
}

package mnist

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/unslide/unslide/engine/data"
)

// fakeData makes a data set of 2 training and 1 test images the published one
// for this test, and cuts the way to cache, module and mirrors. It returns the
// files by name, gzipped.
func fakeData(t *testing.T) map[string][]byte {
	t.Helper()
	old, oldMirrors := files, mirrors
	t.Cleanup(func() { files, mirrors = old, oldMirrors })
	mirrors = nil
	cache := t.TempDir()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("PATH", t.TempDir())
	t.Setenv(DataEnv, "")
	zipped := map[string][]byte{}
	for i, content := range [...][]byte{
		trainImages: idxFile(0x803, []uint32{2, 1, 2}, 1, 2, 3, 4), trainLabels: idxFile(0x801, []uint32{2}, 5, 6),
		testImages: idxFile(0x803, []uint32{1, 1, 2}, 7, 8), testLabels: idxFile(0x801, []uint32{1}, 9),
	} {
		z := zip(t, content, gzip.DefaultCompression)
		f := &files[i]
		f.size, f.sha256 = int64(len(content)), digest(content)
		f.gzipSize, f.gzipSHA256 = int64(len(z)), digest(z)
		zipped[f.name] = z
	}
	return zipped
}

// idxFile makes an IDX file of a magic number, dimensions and data.
func idxFile(magic uint32, dims []uint32, data ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, data...)
}

func zip(t *testing.T, content []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err == nil {
		_, err = z.Write(content)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeAll(t *testing.T, dir string, byName map[string][]byte, ext string) {
	t.Helper()
	for name, b := range byName {
		if err := os.WriteFile(filepath.Join(dir, name+ext), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func checkFakeData(t *testing.T, d *Data, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !holds(d.Training, []byte{1, 2, 3, 4}, 5, 6) || !holds(d.Test, []byte{7, 8}, 9) {
		t.Errorf("training %+v, test %+v: want the files' content", d.Training, d.Test)
	}
}

// holds reports whether a set has these images, of 1×2, and labels.
func holds(s *data.Set, pixels []byte, labels ...int32) bool {
	if s.Len() != len(labels) || s.Shape() != (data.Shape{H: 1, W: 2, C: 1}) || s.Classes() != 10 {
		return false
	}
	for i, y := range labels {
		if s.Label(i) != y || !bytes.Equal(s.Image(i), pixels[2*i:2*i+2]) {
			return false
		}
	}
	return true
}

func TestFolder(t *testing.T) {
	zipped := fakeData(t)
	dir := t.TempDir()
	if _, err := Open(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "train-images") || !strings.Contains(err.Error(), "t10k-labels") {
		t.Errorf("error %v: want it to name each missing file", err)
	}
	writeAll(t, dir, zipped, ".gz")
	d, err := Open(t.Context(), Options{Dir: dir})
	checkFakeData(t, d, err)
	if kept, _ := os.ReadDir(os.Getenv("XDG_CACHE_HOME")); len(kept) > 0 {
		t.Errorf("%v: want nothing kept of a folder's files", kept)
	}

	// Others compress and unpack.
	other := t.TempDir()
	t.Setenv(DataEnv, other)
	content, err := files[trainImages].content(zipped[files[trainImages].name])
	if err != nil {
		t.Fatal(err)
	}
	zipped[files[trainImages].name] = zip(t, content, gzip.HuffmanOnly)
	if digest(zipped[files[trainImages].name]) == files[trainImages].gzipSHA256 {
		t.Fatal("both compressions are the same")
	}
	writeAll(t, other, zipped, ".gz")
	if err := os.Remove(filepath.Join(other, files[testLabels].name+".gz")); err != nil {
		t.Fatal(err)
	}
	writeAll(t, other, map[string][]byte{files[testLabels].name: idxFile(0x801, []uint32{1}, 9)}, "")
	d, err = Open(t.Context(), Options{})
	checkFakeData(t, d, err)

	t.Setenv(DataEnv, filepath.Join(other, "none"))
	if _, err := Open(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "$"+DataEnv) {
		t.Errorf("error %v: want it to name $%s", err, DataEnv)
	}
}

// TestNames: archives unpack the files with a dot in the name, or into folders,
// and a good file counts whatever lies beside it.
func TestNames(t *testing.T) {
	zipped := fakeData(t)
	for name, ext := range map[string]string{"published": "", "gzipped": ".gz", "dotted": "", "dotted, gzipped": ".gz", "beside folders": "", "beside damage": ""} {
		dir := t.TempDir()
		for i := range files {
			f := &files[i]
			good, bad := f.name+ext, f.name+".gz"
			if name != "published" && name != "gzipped" && name != "beside damage" {
				good = strings.Replace(f.name, "-idx", ".idx", 1) + ext
			}
			b := zipped[f.name]
			if ext == "" {
				var err error
				if b, err = f.content(b); err != nil {
					t.Fatal(err)
				}
			}
			err := os.WriteFile(filepath.Join(dir, good), b, 0o600)
			switch name {
			case "beside folders":
				err = errors.Join(err, os.Mkdir(filepath.Join(dir, f.name), 0o700))
			case "beside damage":
				err = errors.Join(err, os.WriteFile(filepath.Join(dir, bad), zipped[f.name][:20], 0o600))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		var failed []string
		d, err := Open(t.Context(), Options{Dir: dir, Progress: func(p Progress) {
			if p.Err != nil {
				failed = append(failed, p.Source)
			}
		}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkFakeData(t, d, err)
		want := 0
		if name == "beside damage" {
			want = len(files)
		}
		if len(failed) != want || (want > 0 && failed[0] != filepath.Join(dir, files[0].name+".gz")) {
			t.Errorf("%s: %q failed, want %d", name, failed, want)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	zipped := fakeData(t)
	f := &files[trainLabels]
	good := zipped[f.name]
	flipped := bytes.Clone(good)
	flipped[len(flipped)-6] ^= 1 // of gzip's own sum
	other := idxFile(0x801, []uint32{2}, 5, 7)
	for name, b := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-9], "cut in its sum": good[:len(good)-2], "flipped": flipped,
		"other content": zip(t, other, gzip.BestSpeed), "other content, plain": other,
		"longer": zip(t, append(other, 0), gzip.BestSpeed), "a web page": []byte("<html>"),
	} {
		if _, err := f.content(b); err == nil {
			t.Errorf("%s: taken", name)
		}
		dir := t.TempDir()
		writeAll(t, dir, zipped, ".gz")
		writeAll(t, dir, map[string][]byte{f.name: b}, ".gz")
		if _, err := Open(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, f.name)+".gz") {
			t.Errorf("%s: error %v: want it to name the file", name, err)
		}
	}
}

// TestMirrorsAndCache serves the files: the first mirror has damaged or no
// files, the second good ones.
func TestMirrorsAndCache(t *testing.T) {
	zipped := fakeData(t)
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		name := strings.TrimSuffix(filepath.Base(r.URL.Path), ".gz")
		switch {
		case strings.HasPrefix(r.URL.Path, "/good/"):
			_, _ = w.Write(zipped[name])
		case name == files[trainImages].name:
			_, _ = w.Write(zipped[name][:20])
		case name == files[trainLabels].name:
			_, _ = w.Write(bytes.Repeat([]byte{0x1f, 0x8b}, len(zipped[name])/2+len(zipped[name])%2))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	mirrors = []string{server.URL + "/bad/", server.URL + "/good/"}

	var failed []string
	o := Options{Progress: func(p Progress) {
		if p.Err != nil {
			failed = append(failed, p.File+" "+p.Source)
		}
	}}
	d, found, err := Fetch(t.Context(), o)
	checkFakeData(t, d, err)
	for i, f := range found {
		if want := server.URL + "/good/" + files[i].name + ".gz"; f.Source != want || f.SHA256 != files[i].sha256 {
			t.Errorf("found %+v: want it at %s", f, want)
		}
		if bad := files[i].name + " " + server.URL + "/bad/" + files[i].name + ".gz"; !slices.Contains(failed, bad) {
			t.Errorf("failed %q: want %q among them", failed, bad)
		}
	}
	cache, err := CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadDir(cache); err != nil || len(kept) != len(files) {
		t.Fatalf("kept %v, %v: want four files and nothing else", kept, err)
	}

	// Damage in the cache: thrown away, fetched again, named.
	at := filepath.Join(cache, files[testImages].name+".gz")
	if err := os.WriteFile(at, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	clear(asked)
	failed = nil
	d, found, err = Fetch(t.Context(), o)
	checkFakeData(t, d, err)
	if len(asked) != 2 || found[0].Source != filepath.Join(cache, files[0].name+".gz") || !slices.Contains(failed, files[testImages].name+" "+at) {
		t.Errorf("asked %v, found %+v, failed %q: want the damaged file alone, from both mirrors", asked, found, failed)
	}
	if b, err := os.ReadFile(at); err != nil || !bytes.Equal(b, zipped[files[testImages].name]) {
		t.Errorf("the cache holds %q, %v: want the good file", b, err)
	}

	// Nobody has it: every source is named.
	if err := os.RemoveAll(cache); err != nil {
		t.Fatal(err)
	}
	mirrors = []string{server.URL + "/bad/", server.URL + "/worse/"}
	_, err = Open(t.Context(), Options{})
	for _, want := range []string{"/bad/" + files[0].name, "/worse/" + files[3].name, "404", "Go module " + modulePath} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want it to name %s", err, want)
		}
	}
}

// serve answers each file's address.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, f *file)) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range files {
			if "/"+files[i].name+".gz" == r.URL.Path {
				answer(w, r, &files[i])
			}
		}
	}))
	t.Cleanup(server.Close)
	mirrors = []string{server.URL + "/"}
}

// TestEncodings: whatever a server does to a gzipped file, and whatever it says
// of it, the content counts.
func TestEncodings(t *testing.T) {
	zipped := fakeData(t)
	for name, answer := range map[string]func(h http.Header, f *file) []byte{
		"as it is": func(h http.Header, f *file) []byte { return zipped[f.name] },
		"called an encoding": func(h http.Header, f *file) []byte {
			h.Set("Content-Encoding", "gzip")
			return zipped[f.name]
		},
		"encoded once more": func(h http.Header, f *file) []byte {
			h.Set("Content-Encoding", "gzip")
			return zip(t, zipped[f.name], gzip.BestSpeed)
		},
		"unpacked": func(h http.Header, f *file) []byte {
			content, err := f.content(zipped[f.name])
			if err != nil {
				t.Error(err)
			}
			return content
		},
	} {
		serve(t, func(w http.ResponseWriter, _ *http.Request, f *file) { _, _ = w.Write(answer(w.Header(), f)) })
		for _, source := range []string{"mirror", "cache"} {
			d, err := Open(t.Context(), Options{})
			if err != nil {
				t.Errorf("%s, from the %s: %v", name, source, err)
				break
			}
			checkFakeData(t, d, err)
			mirrors = nil
		}
		if err := os.RemoveAll(os.Getenv("XDG_CACHE_HOME")); err != nil {
			t.Fatal(err)
		}
	}
}

// slowly is a server and its body: a byte every ten seconds, and where the last
// one should come nothing more, if the server is a silent one.
type slowly struct {
	ctx    context.Context
	left   []byte
	silent bool
}

func (s slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	s.ctx = r.Context()
	return &http.Response{StatusCode: http.StatusOK, ContentLength: int64(len(s.left)), Body: io.NopCloser(&s)}, nil
}

func (s *slowly) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	pause := 10 * time.Second
	if s.silent && len(s.left) == 1 {
		pause = time.Hour
	}
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(pause):
	}
	n := copy(p[:1], s.left)
	s.left = s.left[n:]
	return n, nil
}

// TestSlowMirror: a download may take many times as long as it may be silent.
func TestSlowMirror(t *testing.T) {
	zipped := fakeData(t)
	f := &files[trainImages]
	old := mirrorClient.Transport
	t.Cleanup(func() { mirrorClient.Transport = old })
	for _, silent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			mirrorClient.Transport = slowly{left: zipped[f.name], silent: silent}
			begin := time.Now()
			got, err := mirror("http://slow/").get(t.Context(), f, func(Progress) {})
			if took := time.Since(begin); took < 5*time.Minute {
				t.Errorf("the download took %v: want it longer than any limit", took)
			}
			switch {
			case !silent && (err != nil || !bytes.Equal(got.raw, zipped[f.name])):
				t.Errorf("got %v, error %v: want the file", got, err)
			case silent && (err == nil || !strings.Contains(err.Error(), "nothing came for 30s")):
				t.Errorf("error %v: want one about the silence", err)
			}
		})
	}
}

// TestSlowModule: the go command says nothing while it downloads; the file that
// grows in its cache does.
func TestSlowModule(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, heard, stop := untilSilent(t.Context())
		defer stop()
		go watch(ctx, dir, heard)
		for i := range 20 {
			time.Sleep(20 * time.Second)
			if err := os.WriteFile(filepath.Join(dir, "zip.tmp"), make([]byte, i+1), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("ended while the file grew: %v", context.Cause(ctx))
		}
		time.Sleep(2 * maxSilence)
		if err := context.Cause(ctx); err == nil || !strings.Contains(err.Error(), "nothing came for 30s") {
			t.Errorf("error %v: want one about the silence", err)
		}
	})
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\n[ \"$*\" = 'env GOMODCACHE' ] && echo /cache\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := moduleDownloads(t.Context()); err != nil || got != "/cache/cache/download/github.com/petar/!go!m!n!i!s!t/@v" {
		t.Errorf("the module's downloads are in %q, %v", got, err)
	}
}

// TestModule puts a go command in the way that answers as the real one does.
func TestModule(t *testing.T) {
	zipped := fakeData(t)
	bin, mod := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(mod, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeAll(t, filepath.Join(mod, "data"), zipped, ".gz")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$*\" = \"mod download -json %s\" ] || exit 1\necho '{\"Path\": \"x\", \"Dir\": \"%s\"}'\n", modulePath, mod)
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	d, found, err := Fetch(t.Context(), Options{})
	checkFakeData(t, d, err)
	if len(found) != 4 || found[0].Source != "Go module "+modulePath {
		t.Errorf("found %+v: want the module's files", found)
	}

	if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\necho '{\"Error\": \"no such module\"}'\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(os.Getenv("XDG_CACHE_HOME")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "no such module") {
		t.Errorf("error %v: want the go command's", err)
	}
}

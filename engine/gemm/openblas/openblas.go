//go:build cgo && !purego && !windows

package openblas

// #include <dlfcn.h>
//
// // Exported by every OpenBLAS; its headers are not needed.
// extern void openblas_set_num_threads(int);
// extern int openblas_get_num_threads(void);
// extern int openblas_get_parallel(void);
// extern char *openblas_get_config(void);
// extern char *openblas_get_corename(void);
//
// // one_omp_thread keeps OpenMP regions that the calling thread opens to this
// // thread. It returns 0 where no OpenMP library is loaded.
// static int one_omp_thread(void) {
// 	static void (*set)(int);
// 	if (!set && !(set = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads")))
// 		return 0;
// 	set(1);
// 	return 1;
// }
import "C"

import (
	"runtime"
	"strconv"
	"strings"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/netlib/blas/netlib"

	"github.com/unslide/unslide/engine/gemm"
)

var backend = newOpenBLAS()

func init() { gemm.Register(backend) }

// Backend returns OpenBLAS, or the reason why this build is without it.
func Backend() (gemm.Backend, error) { return backend, nil }

// openBLAS is OpenBLAS, one thread a call and a bounded number of calls at a
// time.
type openBLAS struct {
	netlib.Implementation
	oneThread sync.Once
	callers   chan struct{}
	openMP    bool
	config    string
}

// What openblas_get_parallel returns.
const (
	builtSerial  = 0
	builtThreads = 1
	builtOpenMP  = 2
)

func newOpenBLAS() *openBLAS {
	o := &openBLAS{
		config: strings.Join(strings.Fields(C.GoString(C.openblas_get_config())), " "),
		openMP: C.openblas_get_parallel() == builtOpenMP,
	}
	o.callers = make(chan struct{}, maxCallers(o.config, C.openblas_get_parallel() == builtSerial))
	return o
}

// maxCallers returns how many threads may be inside an OpenBLAS of a given
// configuration. A build for threads has twice as many buffers as it has
// threads, and at least 50; a call needs one of them, and beyond them OpenBLAS
// crashes or computes nonsense. Builds without threads do not even guard the
// list of buffers, unless made with USE_LOCKING; 0.3.28 and later say so.
func maxCallers(config string, serial bool) int {
	if serial && !strings.Contains(config, "USE_LOCKING") {
		return 1
	}
	const spare = 8 // for other users of OpenBLAS in this process
	threads := 0
	if _, after, ok := strings.Cut(config, "MAX_THREADS="); ok {
		digits, _, _ := strings.Cut(after, " ")
		threads, _ = strconv.Atoi(digits)
	}
	return max(50, 2*threads) - spare
}

// enter waits for a place inside OpenBLAS; leave gives it back.
func (o *openBLAS) enter() {
	o.oneThread.Do(func() { C.openblas_set_num_threads(1) })
	o.callers <- struct{}{}
	if o.openMP {
		// OpenMP keeps its number of threads for each thread of the system.
		runtime.LockOSThread()
		C.one_omp_thread()
	}
}

func (o *openBLAS) leave() {
	if o.openMP {
		runtime.UnlockOSThread()
	}
	<-o.callers
}

// Sgemm computes C = alpha·op(A)·op(B) + beta·C.
func (o *openBLAS) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if alpha == 0 { // OpenBLAS's kernels for small matrices read the factors
		gemm.Gonum{}.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	o.enter()
	defer o.leave()
	o.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm is Sgemm for float64.
func (o *openBLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if alpha == 0 { // OpenBLAS's kernels for small matrices read the factors
		gemm.Gonum{}.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	o.enter()
	defer o.leave()
	o.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Info asks OpenBLAS about itself.
func (o *openBLAS) Info() gemm.Info {
	i := gemm.Info{
		Name:    "openblas",
		Kernels: C.GoString(C.openblas_get_corename()),
		Config:  o.config,
		Threads: int(C.openblas_get_num_threads()),
		Callers: cap(o.callers),
	}
	if words := strings.Fields(o.config); len(words) > 1 && words[0] == "OpenBLAS" {
		i.Version = words[1]
	}
	i.Note = coreNote(i.Kernels)
	if i.Callers == 1 {
		i.Note = strings.TrimPrefix(i.Note+"; ", "; ") + "this OpenBLAS is built without threads and without locks, so that products run one at a time: install its build for threads"
	}
	return i
}

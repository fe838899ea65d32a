//go:build !amd64 || noasm

package kernel

func winogradInput(ISA, []float32, int, []float32, int, int, int) (done int) { return 0 }

func winogradOutput(ISA, []float32, int, int, []float32, int, int) (done int) { return 0 }

func winogradFilter(ISA, []float32, int, int) (done int) { return 0 }

func winogradOutputGradient(ISA, []float32, int, []float32, int, int, int) (done int) { return 0 }

func winogradFilterGradient(ISA, []float32, int, int, []float32, int, int) (done int) { return 0 }

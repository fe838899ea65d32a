package kernel

import "math"

// Portable is plain Go. It defines what the other sets' kernels compute, and
// every machine has it.
const Portable ISA = "portable"

var portable = Set{
	ISA: Portable, Lanes: 1,
	Sizes: []Size{{4, 4}}, DoubleSize: Size{4, 4},
	kernels: kernels{
		Conv:        byCols[ConvArgs]{{math.MaxInt, convPortable}},
		Outer:       byCols[OuterArgs[float32]]{{math.MaxInt, outerPortable[float32]}},
		PackRows:    byCols[packArgs[float32]]{{math.MaxInt, packRowsPortable[float32]}},
		PackColumns: packColumnsPortable[float32],

		DoubleOuter:       byCols[OuterArgs[float64]]{{math.MaxInt, outerPortable[float64]}},
		DoublePackRows:    byCols[packArgs[float64]]{{math.MaxInt, packRowsPortable[float64]}},
		DoublePackColumns: packColumnsPortable[float64],

		Depthwise:       depthwisePortable,
		DepthwiseFilter: depthwiseFilterPortable,

		AddSpans:   addSpansPortable,
		Interleave: interleavePortable,
		Prefetch:   prefetchPortable,

		WinogradInput:          winogradInputPortable,
		WinogradOutput:         winogradOutputPortable,
		WinogradFilter:         winogradFilterPortable,
		WinogradOutputGradient: winogradOutputGradientPortable,
		WinogradFilterGradient: winogradFilterGradientPortable,
	},
	vector32: portableVector[float32](),
	vector64: portableVector[float64](),
}

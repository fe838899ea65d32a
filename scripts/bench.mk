# Measurements. OpenBLAS picks the kernels of this CPU, whatever the
# environment says.

.PHONY: bench bench-peers

# Which benchmarks (a pattern of go test), how long each is measured at least,
# and how often. All layers with BENCH=. take half an hour.
BENCH     = Conv/layer=(article|lenet)|Step|Peak/algo=sgemm-[op]
BENCHTIME = 0.05s
COUNT     = 5

bench: build ## sliding beside the engine (minutes; BENCH, COUNT, BENCHTIME)
	env -u OPENBLAS_CORETYPE $(GO) test -run '^$$' -v -bench '$(BENCH)' -benchtime $(BENCHTIME) -count $(COUNT) -timeout 2h ./bench 2>&1 | tee bin/bench.txt | bin/unslide bench --go-test -
	@echo "Every way, run by run: bin/bench.txt, for benchstat -filter .unit:GFLOP/s -col /algo"

# The lists to measure beside other frameworks.
LISTS = training article lenet vgg resnet50 deepbench

# Figures and pictures go where the Makefile's OUT says.
bench-peers: build ## beside TensorFlow, JAX, PyTorch: installs them (1 h, 4 GB)
	scripts/peers .venv bench/peers/requirements.txt
	mkdir -p '$(OUT)'
	for list in $(LISTS); do \
		env -u OPENBLAS_CORETYPE bin/unslide bench $$list --peers .venv/bin/python \
			--json '$(OUT)'/$$list.json --chart '$(OUT)' || exit 1; \
	done

# Measurements. OpenBLAS picks the kernels of this CPU, whatever the
# environment says.

.PHONY: bench bench-peers

# Which benchmarks, how long each is measured and how often: all layers with
# BENCH=. take half an hour.
BENCH     = Conv/layer=(article|lenet)|Step|Peak
BENCHTIME = 0.1s
COUNT     = 6
BENCHSTAT = golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

bench: ## sliding, im2col + GEMM and own kernels side by side (some minutes)
	mkdir -p bin
	env -u OPENBLAS_CORETYPE $(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -count $(COUNT) -timeout 2h ./bench > bin/bench.txt
	@head -3 bin/bench.txt
	go run $(BENCHSTAT) -filter '.unit:GFLOP/s' -col /algo bin/bench.txt

# The lists to measure beside other frameworks, and where the figures go.
LISTS   = training article lenet vgg resnet50 deepbench
RESULTS = bench/results

bench-peers: build ## measure beside TensorFlow, JAX and PyTorch, which it installs (an hour, 4 GB)
	scripts/peers .venv bench/peers/requirements.txt
	mkdir -p $(RESULTS)
	for list in $(LISTS); do \
		env -u OPENBLAS_CORETYPE bin/unslide bench $$list --peers .venv/bin/python \
			--json $(RESULTS)/$$list.json --chart $(RESULTS) || exit 1; \
	done

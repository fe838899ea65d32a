# The parts of `make test`.
#
# The whole suite runs once as users build it. The race detector then watches
# a shortened one, and the other builds (Go's BLAS instead of OpenBLAS, no cgo,
# no assembly) run what differs in them: the engine's packages.

.PHONY: test-suite test-race test-builds test-purego test-nocgo test-noasm test-arm64

ENGINE_PACKAGES = ./im2col/... ./engine/...

# The article's method in Python is a part of what is tested.
test-suite test-race: export UNSLIDE_PYTHON = $(PYTHON)

test-suite: build
	bin/unslide info
	$(GO) test ./...

# The race detector needs cgo, so a C compiler.
test-race:
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ]; then \
		echo "go test -race -short ./..."; $(GO) test -race -short ./...; \
	else \
		echo "test-race: left out: the race detector needs cgo, so a C compiler"; \
	fi

# At the same time, since each of them ends with one long package.
test-builds:
	$(MAKE) -j 2 test-purego test-nocgo test-noasm

# Only the seam to OpenBLAS has files for this tag; without cgo the rest is the same.
test-purego:
	$(GO) build -tags purego ./...
	$(GO) test -tags purego -short ./engine/gemm/...

test-nocgo:
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 go test -short $(ENGINE_PACKAGES)

test-noasm:
	CGO_ENABLED=0 go build -tags noasm ./...
	CGO_ENABLED=0 go test -tags noasm -short $(ENGINE_PACKAGES)

# What reckons runs on an arm64 machine, or under QEMU, which takes some twenty
# times as long. What is in proportion is not to be seen there, and a program that
# a test builds for arm64 does not run by itself.
NOT_EMULATED = Proportion|TestLibraryUser|TestAssemblyIsWhatTheGeneratorsWrite
test-arm64: ## test the convolutions as an arm64 machine runs them, under QEMU (half an hour)
	qemu=$$(scripts/qemu-aarch64) && CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go test -exec "$$qemu" -timeout 60m -skip '$(NOT_EMULATED)' $(ARGS) \
		$$(go list ./im2col/... ./naive/... ./engine/... | grep -v '/engine/nn\|/engine/data')

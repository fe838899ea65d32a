# The targets that a person types; `make help` lists them.
#
# ARGS goes to the command behind a target: make train ARGS='--epochs 4'.

SHELL       = /bin/sh
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT  = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# The settings that the go command needs on this machine, found on first use:
# scripts/openblas installs OpenBLAS where it may and falls back to a build
# without it.
GO = $(eval GO := $(shell scripts/openblas) go)$(GO)

# A Python for the article's method, found and given NumPy on first use.
PYTHON = $(eval PYTHON := $(shell scripts/numpy))$(PYTHON)

.PHONY: help build train article golden test lint profile clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# unslide version names the commit, where git can say it.
build: ## build bin/unslide
	$(GO) build $(shell git status >/dev/null 2>&1 && echo -buildvcs=true) -o bin/ ./cmd/unslide

train: build ## train the article's network on MNIST, one epoch
	bin/unslide train $(ARGS)

profile: build ## train briefly under the CPU profiler and print its top
	bin/unslide train --limit 5000 --cpuprofile bin/train.prof $(ARGS)
	go tool pprof -top -nodecount 25 bin/unslide bin/train.prof
	go tool pprof -tags bin/unslide bin/train.prof

# Where measurements go. OUT=bench/results renews those that are kept.
OUT = bin/results

# TensorFlow's figures are those of make bench-peers, if that has run.
article: build ## the article's claims into bin/results (minutes; OUT=FOLDER)
	mkdir -p '$(OUT)'
	bin/unslide article --out '$(OUT)' --python '$(PYTHON)' $(if $(wildcard $(OUT)/training.json),--results '$(OUT)/training.json') $(ARGS)

test: lint test-suite test-race test-builds ## lint, then all tests in every build (some minutes)

# The article's program is not ours to copy: internal/golden/README.md says what to fetch.
golden: ## make the golden files again (4 GB; ARTICLE=its folder)
	scripts/peers .venv internal/golden/makers/requirements.txt
	ARTICLE='$(ARTICLE)' .venv/bin/python internal/golden/makers/make.py $(ARGS)

include scripts/test.mk
include scripts/bench.mk

lint: ## gofmt, go.mod, vet, staticcheck, house rules, all platforms
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	test -z "$$unformatted" || { echo "gofmt: not formatted: $$unformatted"; exit 1; }
	go mod tidy -diff
	$(GO) vet ./...
	CGO_ENABLED=0 go vet ./engine/gemm/...
	go vet -tags noasm ./engine/gemm ./engine/internal/kernel
	$(GO) run $(STATICCHECK) ./...
	go run $(ACTIONLINT) .github/workflows/*.yml
	$(GO) test ./internal/lint

clean: ## remove what was built
	rm -rf bin

# unslide: see `make help`.
.PHONY: help test

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

test: ## vet and test
	go vet ./...
	go test ./...

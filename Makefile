# Tools are pinned here and built from source by the Go command: nothing else is installed.
GOFUMPT       = mvdan.cc/gofumpt@v0.12.0
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

GO       ?= go
FUZZTIME ?= 30s
COVER    ?= 90
STRESS   ?= 10000

# What go vet is to see: every system that a release is for, and both processors.
PLATFORMS = linux/amd64 windows/amd64 darwin/arm64 freebsd/amd64

# Many tests wait for a time-out most of the time: -parallel 8 lets others run meanwhile.
.PHONY: build test race race-if-able cover vet lint fuzz stress bench demo check integration windows fleet recipes help

build: ## the static binary ./mtasts
	CGO_ENABLED=0 $(GO) build -trimpath -o mtasts ./cmd/mtasts

test: ## every test; loopback only, under a minute
	$(GO) test -parallel 8 ./... ./.release

race: ## every test under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -parallel 8 ./...

# The race detector is the one thing here that Go alone cannot build.
race-if-able:
	@if command -v "$$($(GO) env CC)" >/dev/null; then $(MAKE) --no-print-directory race; \
	else echo 'race: left out, no C compiler here'; fi

# The profile holds what the scripts' processes run too.
cover: ## how much of internal the tests run; fails below 90 %
	$(GO) test -parallel 8 -coverpkg=./internal/... -coverprofile=cover.out ./...
	@$(GO) tool cover -func=cover.out | awk '/^total:/ { print "internal: " $$3; if ($$3 + 0 < $(COVER)) exit 1 }'

vet: ## go vet for every system: Linux, Windows, macOS, FreeBSD
	@for p in $(PLATFORMS); do echo "go vet ./...  # $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet ./... || exit 1; done

lint: vet ## go mod tidy, gofumpt, go vet, golangci-lint
	$(GO) mod tidy -diff
	@echo 'gofumpt -l .'; list=$$($(GO) run $(GOFUMPT) -l .) || exit 1; \
	if [ -n "$$list" ]; then echo "not in gofumpt's form (gofumpt -w .):" >&2; echo "$$list" >&2; exit 1; fi
	$(GO) run $(GOLANGCI_LINT) run ./... ./.release

fuzz: ## every fuzz target for FUZZTIME each (30s), or all of them within FUZZTOTAL (10m); FUZZ is a pattern of names
	@FUZZTIME='$(FUZZTIME)' FUZZTOTAL='$(FUZZTOTAL)' FUZZ='$(FUZZ)' GO='$(GO)' .ci/fuzz

stress: ## 10,000 checks of hostile domains of every kind (STRESS=N): what they take, and that nothing is left or grows
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	$(GO) test -c -o "$$dir/mtasts-routed" ./internal/cli; \
	MTASTS_STRESS=$(STRESS) MTASTS_PROGRAM="$$dir/mtasts-routed" \
	$(GO) test -count 1 -timeout 30m -v -run '^TestStress' ./internal/collect

bench: ## the yardsticks
	$(GO) test -run '^$$' -bench . -benchmem ./...

demo: build ## a broken domain and its repair, in the built-in lab
	./mtasts demo

check: test race-if-able lint ## all that CI runs

integration: build ## against real resolvers, name servers, web servers and MTAs; says what is missing
	testdata/integration/run.sh ./mtasts

windows: ## the program and its tests for Windows, under Wine; says what is missing
	testdata/integration/windows/run.sh

fleet: build ## 20,000 domains on this machine: time, CPU and memory beside zdns; says what is missing
	testdata/integration/fleet/fleet.sh ./mtasts

recipes: ## tries testdata/recipes: Kubernetes, GNU parallel, systemd, SQL, CI; says what is missing
	testdata/integration/recipes.sh

.PHONY: release release-quick release-check image
release: ## dist/: static binaries for 8 platforms, archives, deb, rpm, checksums; PACKAGES=no VERSION= MAINTAINER= ROOTS=
	$(GO) run ./.release -packages=$(if $(filter no,$(PACKAGES)),false,true)

release-quick: ## the binaries alone: the size of each, and one of them built twice
	$(GO) run ./.release -quick

release-check: ## every binary built twice, from two folders, with an empty cache: the same bytes?
	$(GO) run ./.release -quick -twice all

image: ## a container image of dist/image, which make release lays out; with buildah, podman or docker
	.release/image.sh

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r t d; do printf '%-13s %s\n' "$$t" "$$d"; done

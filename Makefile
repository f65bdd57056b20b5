# Each command calls a script; CI calls the same ones.
.DEFAULT_GOAL := help
.PHONY: help demo test test-wayland check bench fuzz build install

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: ## see it work: server, ten seconds of this desktop, the watch link (EXIT=1: end by itself)
	@scripts/demo.sh

test: ## every check and test: lints, unit, store on both databases, API, pipeline, end to end, browser
	@scripts/test.sh

test-wayland: ## record a real headless Wayland session through its portal (root, Debian)
	@scripts/wayland/test.sh

check: ## the checks alone: format, lints, licences, types, generated files fresh
	@scripts/check.sh

bench: ## the numbers: stop to watchable, stop to last word, server memory, page weight
	@scripts/bench.sh

fuzz: ## two minutes of hostile parts and inits for the reader (SECONDS_EACH=60)
	@scripts/fuzz.sh

build: ## both programs, optimised: target/release/aside and aside-server
	@scripts/build.sh

install: build ## copies both programs to PREFIX/bin (PREFIX=/usr/local)
	install -d "$(DESTDIR)$(or $(PREFIX),/usr/local)/bin"
	install -m 755 target/release/aside target/release/aside-server "$(DESTDIR)$(or $(PREFIX),/usr/local)/bin"

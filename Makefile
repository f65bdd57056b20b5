# Each command calls a script; CI calls the same ones.
.DEFAULT_GOAL := help
.PHONY: help demo test test-wayland test-packages check bench fuzz schemathesis build install packages

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

schemathesis: ## requests made up from openapi.json against a server of its own (PyPI; MAX_EXAMPLES=50 an operation)
	@scripts/schemathesis.sh

build: ## the programs, optimised: target/release/aside, aside-server and aside-app (APP=0: without the app)
	@scripts/build.sh

install: build ## copies programs, manual pages, completions and the app's menu entry below PREFIX (PREFIX=/usr/local; SERVICE=1: also the systemd unit)
	@scripts/install.sh

packages: ## target/packages: .deb, .rpm, a tarball, and an archive that brings FFmpeg, for processors with AVX2
	@PORTABLE=1 scripts/build.sh
	@scripts/packages.sh

test-packages: ## installs, tries and removes the packages on fresh Debian 12 and 13 (root, debootstrap; RELEASES="bookworm trixie")
	@scripts/packages-test.sh

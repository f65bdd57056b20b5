#!/usr/bin/env bash
# What a machine can say about the code without running it. Generated files are made again and compared.
# BUILT=1: page and programs are built already, and in use: they are not built again.
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
scripts/setup.sh test

step "cargo fmt";    cargo fmt --all --check
if [ -z "${BUILT:-}" ]; then
  step "web: build";    npm --prefix web run --silent build >&2
  step "server: build"; cargo build --workspace --exclude aside-app --locked --quiet --bin aside-server
fi
step "web: weight";  npm --prefix web run --silent size >&2
# The app resolves features of its own, so it is looked at by itself: nothing else is built twice.
others=(--workspace --exclude aside-app)
step "cargo clippy"; cargo clippy "${others[@]}" --all-targets --locked -- -D warnings
step "cargo doc";    RUSTDOCFLAGS="-D warnings" cargo doc "${others[@]}" --no-deps --locked --quiet
step "app: clippy";  cargo clippy -p aside-app --all-targets --locked -- -D warnings
step "app: doc";     RUSTDOCFLAGS="-D warnings" cargo doc -p aside-app --no-deps --locked --quiet
if cargo deny --version >/dev/null 2>&1; then
  step "cargo deny"; cargo deny check licenses bans sources
  # The database of advisories is on the network. A new advisory about a dependency is no fault of the change that is tested: `make test`
  # says that there is one, `make check` fails.
  if ! cargo deny fetch db >/dev/null 2>&1; then
    say "advisories were NOT checked: their database cannot be fetched"
  elif ! cargo deny check advisories; then
    [ -n "${BUILT:-}" ] || die "there are advisories, see above"
    say "there ARE advisories, see above: make check fails on them"
  fi
else
  say "cargo deny is not installed: licences and advisories were NOT checked (cargo install --locked cargo-deny)"
fi

step "web: lint and types"
npm --prefix web run --silent lint
npm --prefix web run --silent check
npm --prefix tests/web run --silent check

step "generated files are fresh"
"$BIN/aside-server" openapi | cmp - server/openapi.json ||
  die "server/openapi.json is stale. Renew it with: cargo run --bin aside-server -- openapi > server/openapi.json"
npm --prefix web run --silent generate
git diff --exit-code --stat -- web/src/api ||
  die "the web page's API types were stale; they are renewed now: look at the change and commit it"

step "shell scripts"
bash -n scripts/*.sh scripts/*/*.sh
if have shellcheck; then shellcheck -x scripts/*.sh scripts/*/*.sh; fi
say ""
say "All checks passed"

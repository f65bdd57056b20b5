#!/usr/bin/env bash
# Both programs, optimised, with the web page inside the server.
source "$(dirname "$0")/lib/common.sh"
"$ROOT/scripts/setup.sh" build
cd "$ROOT"
step "Web page"
npm --prefix web run --silent build >&2
step "Programs"
cargo build --release --locked --bins
say "target/release/aside and target/release/aside-server are ready"

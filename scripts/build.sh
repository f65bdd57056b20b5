#!/usr/bin/env bash
# The programs, optimised, with the web page inside the server.
#   APP=0   without the desktop app
source "$(dirname "$0")/lib/common.sh"
"$ROOT/scripts/setup.sh" build
cd "$ROOT"
step "Web page"
npm --prefix web run --silent build >&2
step "Programs"
cargo build --release --locked --workspace --exclude aside-app --bins
[ "${APP:-1}" = 0 ] || cargo build --release --locked -p aside-app --bins
say "The programs are ready in target/release"

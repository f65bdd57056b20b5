#!/usr/bin/env bash
# The numbers, on optimised programs. The short form takes some ten minutes; the full one some two hours:
#   SHORT_TAKES=20 LONG_TAKES=20 make bench
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
scripts/setup.sh test
step "Web page"
npm --prefix web run --silent build >&2
step "Programs, optimised"
cargo build --release --locked --bins >&2
cargo build --locked -p e2e --example load --example wakeups >&2
export ASIDE_PROGRAMS=$ROOT/target/release

step "JavaScript of the watch page"
npm --prefix web run --silent size

step "Server memory, 50 takes uploading at once"
mkdir -p "$CACHE"
target/debug/examples/load 50 20 2>"$CACHE/load.log" || die "The load did not get through; what was said is in $CACHE/load.log"

step "Wake-ups of the recorder, still screen and a microphone"
target/debug/examples/wakeups 20 2>"$CACHE/wakeups.log" || die "The recorder did not get through; what was said is in $CACHE/wakeups.log"

step "Stop to watchable, stop to last word, in Chromium"
(cd tests/web && npx --no-install playwright test --config bench.config.ts)

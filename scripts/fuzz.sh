#!/usr/bin/env bash
# Feeds the reader of parts and inits with hostile bytes for SECONDS_EACH seconds each (default 60).
# Needs a nightly compiler (sanitizers); without one the property tests run with many cases instead.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}

if rustup toolchain list 2>/dev/null | grep -q nightly; then
    command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz@0.13.2
    cd protocol/fuzz
    for target in part init; do
        mkdir -p "corpus/$target"
        cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
            -max_total_time="$seconds" -max_len=16384 -print_final_stats=1
    done
else
    echo "No nightly compiler: running the property tests with 200000 cases instead."
    PROPTEST_CASES=200000 cargo nextest run -p aside-protocol cmaf
fi

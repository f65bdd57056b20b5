#!/usr/bin/env bash
# Lighthouse on the pages that people see first, as a phone and as a desktop: performance and accessibility. It measures this machine as well
# as the pages, so it is no test; run it where nothing else runs. Lighthouse comes from npm, into the cache.
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
VERSION=${LIGHTHOUSE:-13.5.0}
scripts/setup.sh test
tool=$CACHE/lighthouse-$VERSION
[ -d "$tool/node_modules/lighthouse" ] || npm --prefix "$tool" install --silent --no-save "lighthouse@$VERSION" >&2
export ASIDE_LIGHTHOUSE=$tool/node_modules/lighthouse/cli/index.js
if [ -z "${BUILT:-}" ]; then
  npm --prefix web run --silent build >&2
  cargo build --release --locked --workspace --exclude aside-app --bins >&2
  export ASIDE_PROGRAMS=$ROOT/target/release
fi
say "Load of this machine: $(cut -d' ' -f1-3 /proc/loadavg)"
cd tests/web && npx playwright test --config lighthouse.config.ts "$@"

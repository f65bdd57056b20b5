#!/usr/bin/env bash
# Every check and every test there is. What records and plays in real time waits more than it computes: it has the processor first.
# What only computes (the server's tests, lints, documentation) runs beside it at the lowest priority, and its output comes at the end.
# A stage that fails does not hide the next one: all run, but where nothing was built nothing is tested; the last lines say how each went
# and how long it took.
source "$(dirname "$0")/lib/common.sh"
began=$(now_ms)
cd "$ROOT"
scripts/setup.sh test

work=$(mktemp -d) beside=''
end() {
  trap - EXIT INT TERM
  [ -z "$beside" ] || kill -TERM -- "-$beside" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

stage() { # stage NAME CMD…
  local name=$1 start rc said=ok
  shift
  step "$name"
  start=$(now_ms)
  "$@" && rc=0 || rc=$?
  [ $rc = 0 ] || { said=FAILED; : >"$work/failed"; }
  printf '  %-7s %s, %d s\n' $said "$name" $((($(now_ms) - start + 500) / 1000)) >>"$work/summary"
  return $rc
}

web_build() { npm --prefix web run --silent build; }
web_unit() { npm --prefix web run --silent test; }
# The desktop app resolves features of its own: with it, everything else would be built another way than `make demo` does.
others=(--workspace --exclude aside-app)
timed='package(e2e) + package(aside-recorder)'
rust_build() { cargo build "${others[@]}" --bins --tests --examples --locked; }
recorder_tests() { scripts/with-postgres.sh cargo nextest run "${others[@]}" --locked -E "$timed"; }
server_tests() { scripts/with-postgres.sh cargo nextest run "${others[@]}" --locked -E "not ($timed)"; }
app_build() { cargo build -p aside-app --bins --tests --locked; }
app_tests() { cargo nextest run -p aside-app --locked; }
checks() { BUILT=1 scripts/check.sh; }
browser() { (cd tests/web && npx --no-install tsc --noEmit && npx --no-install playwright test); }

computing() {
  renice -n 19 -p $BASHPID >/dev/null || true
  stage "rust: server: unit, store, API" server_tests || true
  stage "app: window and model" app_tests || true
  stage "checks: format, lints, documentation, licences, types, generated files" checks || true
}

stage "web: build" web_build || true
stage "web: unit tests" web_unit || true
if stage "programs and tests: build" rust_build; then
  stage "app: build" app_build || true
  # A process group of its own, so that whoever ends this ends it too.
  set -m
  computing >"$work/beside.log" 2>&1 &
  beside=$!
  set +m
  stage "rust: recorder: unit, pipeline; end to end" recorder_tests || true
  # Cargo locks its folder while it builds; nothing from here on needs it.
  stage "browser: real server, real recorder, Chromium" browser || true
  step "meanwhile: the server's tests, the app's, and the checks"
  wait "$beside" || { printf '  FAILED  the lane beside ended early\n' >>"$work/summary"; : >"$work/failed"; }
  beside=''
  cat "$work/beside.log"
fi

printf '\n'
cat "$work/summary"
took=$((($(now_ms) - began) / 1000))
[ ! -e "$work/failed" ] || { printf 'Tests FAILED after %d min %d s\n' $((took / 60)) $((took % 60)); exit 1; }
printf 'All tests passed in %d min %d s\n' $((took / 60)) $((took % 60))

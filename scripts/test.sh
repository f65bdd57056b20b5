#!/usr/bin/env bash
# Every check and every test there is, the cheap ones first. A stage that fails does not hide the next one: all run, the last
# line says how each went and how long it took.
source "$(dirname "$0")/lib/common.sh"
began=$(now_ms)
cd "$ROOT"
scripts/setup.sh test

summary='' failed=0
stage() { # stage NAME CMD…
  local name=$1 start rc
  shift
  step "$name"
  start=$(now_ms)
  "$@" && rc=0 || rc=$?
  local took="$((($(now_ms) - start + 500) / 1000)) s"
  if [ $rc = 0 ]; then summary+="  ok      $name, $took"$'\n'; else summary+="  FAILED  $name, $took"$'\n' failed=1; fi
  return $rc
}

web_build() { npm --prefix web run --silent build; }
web_unit() { npm --prefix web run --silent test; }
# The desktop app resolves features of its own: with it, everything else would be built another way than `make demo` does.
others=(--workspace --exclude aside-app)
rust_build() { cargo build "${others[@]}" --bins --locked; }
rust_tests() { scripts/with-postgres.sh cargo nextest run "${others[@]}" --locked; }
app_build() { cargo build -p aside-app --bins --locked; }
app_tests() { cargo nextest run -p aside-app --locked; }
browser() { (cd tests/web && npx --no-install tsc --noEmit && npx --no-install playwright test); }

stage "web: build" web_build || true
stage "web: unit tests" web_unit || true
if stage "programs: build" rust_build; then
  stage "checks: format, lints, documentation, licences, types, generated files" scripts/check.sh || true
  # Before the rust stage, whose end-to-end tests open its window.
  stage "app: build" app_build || true
  stage "rust: unit, store, API, pipeline, end to end" rust_tests || true
  stage "app: window and model" app_tests || true
  stage "browser: real server, real recorder, Chromium" browser || true
fi

printf '\n%s' "$summary"
took=$((($(now_ms) - began) / 1000))
[ $failed = 0 ] || { printf 'Tests FAILED after %d min %d s\n' $((took / 60)) $((took % 60)); exit 1; }
printf 'All tests passed in %d min %d s\n' $((took / 60)) $((took % 60))

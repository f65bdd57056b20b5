#!/usr/bin/env bash
# Every check and every test there is. What records and plays in real time waits more than it computes: it has the processor first.
# What only computes (the server's tests, lints, documentation) runs beside it at the lowest priority, and its output comes at the end.
# A stage that fails does not hide the next one: all run, but where nothing was built nothing is tested; the last lines say what failed,
# how each stage went and how long it took.
# Up to five tests that failed are tried once more at the end, alone. Those that pass then do not fail the whole, but they are named in the
# last lines: each is a fault of the test or of the program under load, and has to be mended.
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

stage() { # stage ID NAME CMD…
  local id=$1 name=$2 start rc said=ok
  shift 2
  step "$name"
  start=$(now_ms)
  # What a stage says is repeated at the end when it failed. An interrupt ends the stage; the pipe stays until it has ended.
  { "$@" 2>&1 && rc=0 || rc=$?; echo "$rc" >"$work/$id.rc"; } | tee -i "$work/$id.log"
  rc=$(cat "$work/$id.rc")
  [ "$rc" = 0 ] || { said=FAILED; echo "$name" >"$work/$id.failed"; }
  printf '  %-7s %s, %d s\n' $said "$name" $((($(now_ms) - start + 500) / 1000)) >>"$work/summary"
  return "$rc"
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
browser() { rm -f target/playwright/.last-run.json; (cd tests/web && npx --no-install tsc --noEmit && npx --no-install playwright test); }

# The tests of a stage of Rust that failed, as a filter of nextest: none where more than five failed, where something else did, or where
# not all of them ran.
failed_rust() { # failed_rust ID
  sed 's/\x1b\[[0-9;]*m//g' "$work/$1.log" | awk '
    $1 ~ /^(FAIL|XFAIL|TIMEOUT|LEAK-FAIL|ABORT|SIG[A-Z0-9]+)$/ && sub(/^[^]]*\] *(\([^)]*\) *)?/, "") && !seen[$0]++ { id[++n] = $1; test[n] = $2 }
    $1 == "Summary" {
      whole = $0 !~ /[0-9]\/[0-9]+ tests? run/
      while (match($0, /[0-9]+ (failed|timed out|exec failed)/)) { said += substr($0, RSTART, RLENGTH) + 0; $0 = substr($0, RSTART + RLENGTH) }
    }
    END {
      if (!whole || n != said || n > 5) exit
      for (i = 1; i <= n; i++) printf "%s(binary_id(=%s) & test(=%s))", (i == 1 ? "" : " | "), id[i], test[i]
    }'
}
again_rust() { # again_rust ID
  local filter others=(--workspace --exclude aside-app)
  # Of nextest: tests failed; anything else is another trouble.
  [ "$(cat "$work/$1.rc")" = 100 ] || return 1
  [ "$1" != app ] || others=(-p aside-app)
  filter=$(failed_rust "$1")
  [ -n "$filter" ] || return 1
  echo "$filter" >"$work/$1.again"
  scripts/with-postgres.sh cargo nextest run "${others[@]}" --locked -E "$filter"
}
again_browser() {
  node -e '
    const run = JSON.parse(require("fs").readFileSync("target/playwright/.last-run.json", "utf8"));
    process.exit(run.status === "failed" && run.failedTests.length > 0 && run.failedTests.length <= 5 ? 0 : 1)' || return 1
  ! grep -qE '^ +[0-9]+ (interrupted|did not run)' "$work/browser.log" || return 1
  sed 's/\x1b\[[0-9;]*m//g' "$work/browser.log" | sed -n 's/^ *✘ *[0-9]* *//p' >"$work/browser.again"
  (cd tests/web && npx --no-install playwright test --last-failed)
}
again() { # again ID: the tests of this stage that failed, once more
  [ -e "$work/$1.failed" ] || return 0
  case $1 in
    recorder | server | app) again_rust "$1" ;;
    browser) again_browser ;;
    *) false ;;
  esac || return 0
  mv "$work/$1.failed" "$work/$1.passed-alone"
}

computing() {
  renice -n 19 -p $BASHPID >/dev/null || true
  stage server "rust: server: unit, store, API" server_tests || true
  stage app "app: window and model" app_tests || true
  stage checks "checks: format, lints, documentation, licences, types, generated files" checks || true
}

stage web-build "web: build" web_build || true
stage web-unit "web: unit tests" web_unit || true
if stage programs "programs and tests: build" rust_build; then
  stage app-build "app: build" app_build || true
  # A process group of its own, so that whoever ends this ends it too.
  set -m
  computing >"$work/beside.log" 2>&1 &
  beside=$!
  set +m
  stage recorder "rust: recorder: unit, pipeline; end to end" recorder_tests || true
  # Cargo locks its folder while it builds; nothing from here on needs it.
  stage browser "browser: real server, real recorder, Chromium" browser || true
  step "meanwhile: the server's tests, the app's, and the checks"
  wait "$beside" || { printf '  FAILED  the lane beside ended early\n' >>"$work/summary"; : >"$work/lane.failed"; }
  beside=''
  cat "$work/beside.log"
  if compgen -G "$work/*.failed" >/dev/null; then
    step "what failed, once more and alone"
    for id in recorder server app browser; do again "$id"; done
  fi
fi

for failed in "$work"/*.failed "$work"/*.passed-alone; do
  id=$(basename "${failed%.*}")
  [ ! -e "$work/$id.log" ] || { step "the end of: $(cat "$failed")"; tail -n 60 "$work/$id.log" | cut -c 1-400; } 2>&1
done
printf '\n'
cat "$work/summary"
for failed in "$work"/*.passed-alone; do
  [ -e "$failed" ] || continue
  printf '  PASSED ONLY WHEN TRIED AGAIN, ALONE (to be mended):\n'
  sed 's/^/    /' "${failed%.*}.again"
done
took=$((($(now_ms) - began) / 1000))
! compgen -G "$work/*.failed" >/dev/null || { printf 'Tests FAILED after %d min %d s\n' $((took / 60)) $((took % 60)); exit 1; }
printf 'All tests passed in %d min %d s\n' $((took / 60)) $((took % 60))

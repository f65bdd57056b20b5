# Sourced by the scripts beside it: where things are, how they speak, what ends with them.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=$ROOT/.cache
BIN=$ROOT/target/debug
PATH=$CACHE/tools/bin:$PATH:$HOME/.cargo/bin
export PATH

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n== %s\n' "$*" >&2; }
die() { printf '\n%s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Milliseconds since 1970.
now_ms() { date +%s%3N; }

# Waits until a command succeeds: wait_for SECONDS WHAT CMD…
wait_for() {
  local seconds=$1 what=$2 until
  shift 2
  until=$(($(now_ms) + seconds * 1000))
  until "$@" >/dev/null 2>&1; do
    [ "$(now_ms)" -lt "$until" ] || { say "$what did not come up within $seconds s"; return 1; }
    sleep 0.05
  done
}

# A free TCP port on this machine. Between finding and using it somebody else may take it, so
# whoever uses it tries again with another one.
free_port() {
  node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

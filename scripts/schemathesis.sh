#!/usr/bin/env bash
# Holds a running server against its own description of the API: requests made up by schemathesis (PyPI), with a token for everything of
# an owner, none of which may be answered 5xx or in a way that openapi.json does not describe. MAX_EXAMPLES cases an operation (50).
# No part of `make test`: it takes minutes, and what it finds differs from run to run.
set -euo pipefail
cd "$(dirname "$0")/.."
VERSION=${SCHEMATHESIS_VERSION:-4.32.5}
BIN=${BIN:-target/debug}
HOME_OF_IT=${VENV:-target/schemathesis-venv}
[ -x "$HOME_OF_IT/bin/schemathesis" ] || {
  python3 -m venv "$HOME_OF_IT"
  "$HOME_OF_IT/bin/pip" install --quiet "schemathesis==$VERSION"
}
DATA=$(mktemp -d)
SERVER=
trap '[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null || true; [ -z "$SERVER" ] || wait "$SERVER" 2>/dev/null || true; rm -rf "$DATA"' EXIT
PORT=${PORT:-4699}
ASIDE_API_RATE=0 "$BIN/aside-server" serve --data "$DATA" --listen "127.0.0.1:$PORT" >"$DATA/log" 2>&1 &
SERVER=$!
for _ in $(seq 100); do
  curl -sf "http://127.0.0.1:$PORT/healthz" >/dev/null && break
  sleep 0.1
done
printf 'a long password\n' | "$BIN/aside-server" user add olga@example.org --password-stdin --role owner --data "$DATA" >/dev/null
TOKEN=$("$BIN/aside-server" token create --user olga@example.org --name schemathesis --data "$DATA" | tail -1)
# What ends the account or the token that asks, and streams without an end, are left out.
"$HOME_OF_IT/bin/schemathesis" run "http://127.0.0.1:$PORT/api/docs/openapi.json" \
  --url "http://127.0.0.1:$PORT" \
  --header "Authorization: Bearer $TOKEN" \
  --exclude-path-regex '/events$|/parts/|/inits/|^/api/tokens|^/api/me/password|^/api/session$|^/api/me/sessions$|^/api/server/people' \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
  --max-examples "${MAX_EXAMPLES:-50}" --workers 1 --request-timeout 20 \
  --phases "${PHASES:-examples,coverage,fuzzing}" \
  ${SEED:+--seed "$SEED"} "$@"
! grep -n ' ERROR \|panick' "$DATA/log"

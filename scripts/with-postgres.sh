#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own: scripts/with-postgres.sh CMD…
# The command sees ASIDE_TEST_POSTGRES, a URL of a superuser who may create databases. The cluster lives in a
# temporary folder, listens on this machine only, forgets everything, and ends with the command.
source "$(dirname "$0")/lib/common.sh"
[ $# -gt 0 ] || die "usage: scripts/with-postgres.sh COMMAND…"

bin=''
for d in /usr/bin /usr/local/bin /opt/homebrew/opt/postgresql*/bin /usr/lib/postgresql/*/bin; do
  [ ! -x "$d/initdb" ] || bin=$d
done
[ -n "$bin" ] || die "PostgreSQL is not installed: scripts/setup.sh test installs it"

# PostgreSQL refuses to run as root, rightly.
as=()
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  id "$owner" >/dev/null 2>&1 || owner=nobody
  as=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups --)
fi

base=$(mktemp -d /tmp/aside-postgres.XXXXXX)
server=''
end() {
  trap - EXIT INT TERM
  [ -z "$server" ] || { kill -QUIT "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  rm -rf "$base"
}
trap end EXIT
trap 'exit 130' INT TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "$password" >"$base/password"
[ ${#as[@]} = 0 ] || chown -R "$owner" "$base"
cd "$base"
"${as[@]}" "$bin/initdb" -D "$base/data" -U aside --pwfile="$base/password" -A scram-sha-256 \
  --encoding=UTF8 --locale=C --no-sync >"$base/initdb.log" 2>&1 || { cat "$base/initdb.log" >&2; die "initdb failed"; }

for attempt in 1 2 3 4 5; do
  port=$(free_port)
  # Nothing here has to survive a power cut, and every test makes a database of its own.
  "${as[@]}" "$bin/postgres" -D "$base/data" -p "$port" -k "$base" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 \
    -c shared_buffers=64MB -c autovacuum=off >"$base/postgres.log" 2>&1 &
  server=$!
  export ASIDE_TEST_POSTGRES="postgres://aside:$password@127.0.0.1:$port/postgres"
  answers() { ! kill -0 "$server" 2>/dev/null || "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; }
  wait_for 30 PostgreSQL answers || true
  kill -0 "$server" 2>/dev/null && break
  server=''
  [ $attempt -lt 5 ] || { cat "$base/postgres.log" >&2; die "PostgreSQL did not start"; }
done

cd "$ROOT"
"$@" && rc=0 || rc=$?
exit "$rc"

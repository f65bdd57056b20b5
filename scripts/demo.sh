#!/usr/bin/env bash
# See it work: builds, starts the server, records ten seconds of this desktop (where there is none, of a virtual one),
# shows the link at once, and leaves the server up until Ctrl-C.
#   EXIT=1           end by itself, with a status that says whether all went well
#   TAKE_SECONDS=10  how long to record
#   VIRTUAL=1        use the virtual desktop although there is a real one
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
scripts/setup.sh demo
step "Web page"
npm --prefix web run --silent build >&2
step "Programs (the first time takes some minutes)"
# Without the desktop app, which takes minutes to build and is not shown here.
cargo build --workspace --exclude aside-app --bins --locked >&2
exec node scripts/lib/demo.mjs

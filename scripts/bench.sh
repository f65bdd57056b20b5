#!/usr/bin/env bash
# The numbers, on optimised programs. The short form takes some fifteen minutes; the full one some two and a half hours:
#   SHORT_TAKES=20 LONG_TAKES=20 LIVE_SECONDS=600 CPU_PAIRS=8 make bench
# With ASIDE_SPEECH_MODEL (a whisper.cpp model) and ASIDE_SPEECH_WAVS (16-bit WAV files, separated by colons; the first is taken) real
# speech is transcribed as well, and by pywhispercpp beside it where Python has it.
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
scripts/setup.sh test
step "Web page"
npm --prefix web run --silent build >&2
step "Programs, optimised"
cargo build --release --locked --workspace --exclude aside-app --bins --examples >&2
export ASIDE_PROGRAMS=$ROOT/target/release

step "JavaScript of the watch page"
npm --prefix web run --silent size

step "Server memory, 50 takes uploading at once"
mkdir -p "$CACHE"
target/release/examples/load 50 20 2>"$CACHE/load.log" || die "The load did not get through; what was said is in $CACHE/load.log"

step "Uploads of 20 takes at once, alone and while a backup into a bucket is made"
target/release/examples/backup 20 20 3 2>"$CACHE/backup.log" || die "The uploads or the backup did not get through; what was said is in $CACHE/backup.log"

step "Wake-ups of the recorder, still screen and a microphone"
target/release/examples/wakeups 20 2>"$CACHE/wakeups.log" || die "The recorder did not get through; what was said is in $CACHE/wakeups.log"

if [ "${APP:-1}" != 0 ]; then
  step "What the desktop app costs, drawn by Mesa's software renderer (APP=0 leaves it out)"
  cargo build --release --locked -p aside-app --bins >&2
  target/release/examples/app 10 2>"$CACHE/app.log" || die "The app did not get through; what was said is in $CACHE/app.log"
fi

step "Bytes of takes of a still desktop, of one typed on, scrolled, in full motion, against FFmpeg (veryfast, CRF 23)"
target/release/examples/bytes 20 2>"$CACHE/bytes.log" || die "The recordings did not get through; what was said is in $CACHE/bytes.log"

step "Processor time of a take, with the X server's and the sound server's, against FFmpeg (x11grab, pulse, veryfast, CRF 23, AAC)"
target/release/examples/cpu 20 "${CPU_PAIRS:-3}" 2>"$CACHE/cpu.log" || die "The recordings did not get through; what was said is in $CACHE/cpu.log"

step "Server processor time, 200 live viewers; a playlist reload after a minute and after eight hours"
target/release/examples/watchers 200 30 2>"$CACHE/watchers.log" || die "The viewers did not get through; what was said is in $CACHE/watchers.log"

step "Requests of 200 connections, nine of ten reading"
target/release/examples/mix 200 20 2>"$CACHE/mix.log" || die "The requests did not get through; what was said is in $CACHE/mix.log"

step "Lists of a library of 50,000 recordings"
python3 scripts/lib/library_bench.py "$ASIDE_PROGRAMS/aside-server" 50000 200

step "Search over ${SEARCH_WINDOWS:-2000000} windows of what was said, on SQLite and PostgreSQL, against tantivy"
cargo build --release --locked --manifest-path tests/search-peer/Cargo.toml --target-dir target/search-peer >&2
ASIDE_SEARCH_WINDOWS=${SEARCH_WINDOWS:-2000000} ASIDE_SEARCH_PEER=$ROOT/target/search-peer/release/search-peer \
  scripts/with-postgres.sh cargo test --release --locked --workspace --exclude aside-app --test api -- --ignored --nocapture --exact \
  search_bench::twenty_hits_of_many_windows
step "A comment to 2,000 open pages, and what each of them costs in memory"
python3 scripts/lib/pages_bench.py "$ASIDE_PROGRAMS/aside-server" 2000 20

step "The download of an hour over its parts, beside nginx with the same bytes as a file"
python3 scripts/lib/download_bench.py "$ASIDE_PROGRAMS/aside-server" 60

if [ -n "${ASIDE_SPEECH_MODEL:-}" ] && [ -n "${ASIDE_SPEECH_WAVS:-}" ]; then
  step "Transcript of real speech"
  target/release/examples/speech "$ASIDE_SPEECH_MODEL" "${ASIDE_SPEECH_WAVS%%:*}" 2>"$CACHE/speech.log" ||
    die "The speech was not transcribed; what was said is in $CACHE/speech.log"
  if python3 -c 'import pywhispercpp' 2>/dev/null; then
    python3 scripts/lib/peer_speech.py "$ASIDE_SPEECH_MODEL" "${TMPDIR:-/tmp}/aside-speech.wav" 2>/dev/null
  fi
fi

step "In Chromium: stop to watchable, stop to last word; live viewers behind the speaker; scrolling through a large library"
(cd tests/web && npx --no-install playwright test --config bench.config.ts)

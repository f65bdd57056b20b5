#!/usr/bin/env bash
# Installs, tries and removes the packages of target/packages on fresh roots of Debian, one for each trial, booted with systemd as a container.
#   RELEASES="bookworm trixie"   which
#   FROM=DIR                     where the packages are (target/packages)
#   TRIALS="portable packages"   which: the archive that brings its libraries; .deb, .rpm and the tarball
# Root only; needs debootstrap and Debian's mirror. On a release with another FFmpeg than the one the packages were built on, apt has
# to refuse them and change nothing. The system shares this machine's network: nothing else may listen where the server does.
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
[ "$(id -u)" = 0 ] || die "root is needed: a fresh system is made and booted"
for program in debootstrap unshare nsenter; do have $program || die "$program is missing (apt install debootstrap util-linux)"; done
packages=$(cd "${FROM:-target/packages}" && pwd) || die "there are no packages: run make packages"
trials=${TRIALS:-portable packages}
[[ $trials != *packages* ]] || ls "$packages"/aside_*.deb "$packages"/aside-server_*.deb >/dev/null || die "there are no packages in $packages: run make packages"
! curl -s -o /dev/null http://127.0.0.1:4646 || die "something answers on 127.0.0.1:4646, where the server is tried: end it first"
mirror=${MIRROR:-http://deb.debian.org/debian}
work=$(mktemp -d)
init=''

down() {
  # The first process of its namespace: with it everything in it ends.
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  [ -z "$init" ] || wait "$init" 2>/dev/null || true
  init=''
}
trap 'down; rm -rf --one-file-system "$work"' EXIT

# inside CMD…: in the booted system.
inside() {
  nsenter --target "$inner" --mount --pid --ipc --uts --cgroup --root --wd \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

booted() {
  inner=$(pgrep -P "$init" | head -1) && [ -n "$inner" ] &&
    case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) true ;; *) false ;; esac
}

# A trial has a system of its own: what one installs must not be there for the other, or a library that a package forgets to name
# would not be missed.
fresh() { # fresh RELEASE ROOT
  local kept=$CACHE/roots/$1.tar
  mkdir -p "$2"
  if [ ! -f "$kept" ]; then
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates "$1" "$2" "$mirror" >"$work/debootstrap.log" ||
      { tail -20 "$work/debootstrap.log" >&2; die "debootstrap could not make $1"; }
    mkdir -p "$CACHE/roots"
    tar -C "$2" --one-file-system -cf "$kept.partial" . && mv "$kept.partial" "$kept"
  else
    tar -C "$2" -xf "$kept"
  fi
  cp /etc/resolv.conf "$2/etc/resolv.conf"
  mkdir "$2/packages"
  # Not each of them was made everywhere.
  cp "$packages"/*.deb "$packages"/*.rpm "$packages"/aside-*.tar.xz "$2/packages/" 2>/dev/null || true
  cp scripts/lib/try-{packages,portable,common}.sh tests/media/whisper/ggml-fixture-en.bin tests/media/whisper/hello.wav "$2/packages/"
}

summary='' failed=0
for release in ${RELEASES:-bookworm trixie}; do
  for trial in $trials; do
    if [ "$trial" = portable ] && ! ls "$packages"/aside-*-portable.tar.xz >/dev/null 2>&1; then
      summary+="  none    $release, $trial"$'\n'
      continue
    fi
    root=$work/$release-$trial
    step "$release, $trial: a fresh system"
    fresh "$release" "$root"
    step "$release, $trial: boot"
    unshare --mount --pid --ipc --uts --cgroup --fork --kill-child scripts/lib/boot-root.sh "$root" >"$root.console" 2>&1 &
    init=$!
    wait_for 60 "the system" booted || { cat "$root.console" >&2; die "$release did not boot"; }
    step "$release, $trial"
    if inside bash "/packages/try-$trial.sh" >&2; then
      summary+="  ok      $release, $trial"$'\n'
    else
      summary+="  FAILED  $release, $trial"$'\n' failed=1
    fi
    down
    rm -rf --one-file-system "$root"
  done
done
printf '\n%s' "$summary" >&2
[ $failed = 0 ] || die "The packages FAILED"
say "The packages do what they should"

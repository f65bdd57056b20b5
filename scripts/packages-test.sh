#!/usr/bin/env bash
# Installs, tries and removes the packages of target/packages on fresh roots of Debian, each booted with systemd as a container.
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

summary='' failed=0
for release in ${RELEASES:-bookworm trixie}; do
  root=$work/$release
  step "$release: a fresh system"
  kept=$CACHE/roots/$release.tar
  if [ ! -f "$kept" ]; then
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates "$release" "$root" "$mirror" >"$work/debootstrap.log" ||
      { tail -20 "$work/debootstrap.log" >&2; die "debootstrap could not make $release"; }
    mkdir -p "$CACHE/roots"
    tar -C "$root" --one-file-system -cf "$kept.partial" . && mv "$kept.partial" "$kept"
  else
    mkdir -p "$root"
    tar -C "$root" -xf "$kept"
  fi
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mkdir "$root/packages"
  # Not each of them was made everywhere.
  cp "$packages"/*.deb "$packages"/*.rpm "$packages"/aside-*.tar.xz "$root/packages/" 2>/dev/null || true
  cp scripts/lib/try-{packages,portable,common}.sh tests/media/whisper/ggml-fixture-en.bin tests/media/whisper/hello.wav "$root/packages/"
  step "$release: boot"
  unshare --mount --pid --ipc --uts --cgroup --fork --kill-child scripts/lib/boot-root.sh "$root" >"$work/$release.console" 2>&1 &
  init=$!
  wait_for 60 "the system" booted || { cat "$work/$release.console" >&2; die "$release did not boot"; }
  # Before anything of a package brings FFmpeg.
  for trial in $trials; do
    if [ $trial = portable ] && ! ls "$packages"/aside-*-portable.tar.xz >/dev/null 2>&1; then
      summary+="  none    $release, $trial"$'\n'
    elif step "$release: $trial" && inside bash "/packages/try-$trial.sh" >&2; then
      summary+="  ok      $release, $trial"$'\n'
    else
      summary+="  FAILED  $release, $trial"$'\n' failed=1
    fi
  done
  down
  rm -rf --one-file-system "$root"
done
printf '\n%s' "$summary" >&2
[ $failed = 0 ] || die "The packages FAILED"
say "The packages do what they should"

#!/usr/bin/env bash
# system.sh FOLDER MARK: a small Debian with a compositor, a portal and PipeWire in FOLDER; MARK says that it is complete.
source "$(dirname "$0")/../lib/common.sh"
system=$1 mark=$2
[ ! -e "$mark" ] || exit 0

mirror=${APT_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -1)}
mirror=${mirror:-http://deb.debian.org/debian}
# PipeWire's session manager and the portals are what the recorder talks to; swaybg paints.
packages=(sway swaybg xdg-desktop-portal xdg-desktop-portal-wlr pipewire wireplumber dbus-daemon dbus-bin)

if ! have debootstrap; then
  step "Installing debootstrap"
  apt-get update -qq || say "apt-get update complained; trying with what it has"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >&2
fi
step "A Debian of its own for the compositor (once; some 600 MB)"
rm -rf "$system"
mkdir -p "$system"
debootstrap --variant=minbase trixie "$system" "$mirror" >&2
echo "deb $mirror sid main" >"$system/etc/apt/sources.list.d/sid.list"
# Nothing may be started in there.
printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"
chmod 755 "$system/usr/sbin/policy-rc.d"
# A mirror's copy of unstable may be some weeks old; signatures are checked all the same.
echo 'Acquire::Check-Valid-Until "false";' >"$system/etc/apt/apt.conf.d/old-copy"
chroot "$system" apt-get update -qq >&2
chroot "$system" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -t sid "${packages[@]}" >&2
chroot "$system" apt-get clean
touch "$mark"

#!/usr/bin/env bash
# target/packages: aside_VERSION_ARCH.deb (recorder and desktop app), aside-server_VERSION_ARCH.deb, and their checksums.
#   FROM=target/release   where the programs are
# It needs dpkg-deb, which every Debian and Ubuntu has. What a program links is looked up on this machine: build on the oldest
# release that is to be served.
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
have dpkg-deb || die "dpkg-deb is missing: packages are made on Debian or Ubuntu"
from=${FROM:-target/release}
out=target/packages
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
arch=$(dpkg --print-architecture)
assets=recorder/app/assets
id=io.github.aside.Aside
rm -rf "$out"
mkdir -p "$out"

# The packages of the libraries that these programs link.
linked() {
  local library
  readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u | while read -r library; do
    dpkg -S "*/$library" 2>/dev/null | grep -v -- '-dev:' | cut -d: -f1 | sort -u | head -1
  done | sort -u
}

# Commas between words.
list() { tr '\n' ' ' | xargs | sed 's/ /, /g'; }

# package NAME SUMMARY DEPENDS RECOMMENDS: what lies in $out/NAME becomes a package.
package() {
  local name=$1 root=$out/$1
  install -D -m 644 LICENSE-MIT "$root/usr/share/doc/$name/LICENSE-MIT"
  install -D -m 644 LICENSE-APACHE "$root/usr/share/doc/$name/LICENSE-APACHE"
  mkdir -p "$root/DEBIAN"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $arch
Maintainer: Aside <aside@localhost>
Section: video
Priority: optional
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $3
Recommends: $4
Description: $2
CONTROL
  (cd "$root" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$out/${name}_${version}_$arch.deb" >&2
  rm -rf "$root"
}

step "aside"
root=$out/aside
install -D -m 755 -t "$root/usr/bin" "$from/aside" "$from/aside-app"
install -D -m 644 "$assets/$id.desktop" "$root/usr/share/applications/$id.desktop"
install -D -m 644 "$assets/$id.svg" "$root/usr/share/icons/hicolor/scalable/apps/$id.svg"
install -D -m 644 "$assets/$id.metainfo.xml" "$root/usr/share/metainfo/$id.metainfo.xml"
# The app opens these by name when it starts.
opened="libegl1 libgl1 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 libwayland-client0 libwayland-egl1"
depends=$({ linked "$from/aside" "$from/aside-app"; tr ' ' '\n' <<<"$opened"; } | sort -u | list)
package aside "records screen and voice, and uploads while it records" "$depends" "libgl1-mesa-dri, fontconfig, xdg-utils"

step "aside-server"
install -D -m 755 -t "$out/aside-server/usr/bin" "$from/aside-server"
package aside-server "takes in, stores, serves and transcribes video messages" "$(linked "$from/aside-server" | list)" "ffmpeg"

(cd "$out" && sha256sum ./*.deb >SHA256SUMS)
say "Ready in $out:"
(cd "$out" && ls -l ./*.deb) >&2

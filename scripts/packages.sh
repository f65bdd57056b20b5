#!/usr/bin/env bash
# target/packages: .deb and .rpm of the recorder with its app and of the server, a tarball of the programs, one that brings FFmpeg
# as well, the licences of everything in them, and their checksums.
#   FROM=target/dist      where the programs are
#   FORMATS="deb rpm tar portable" which are made; rpm is left out with a word where rpmbuild is missing, portable where patchelf is
# What a program links is looked up on this machine, and FFmpeg's libraries change their names with each release: a package fits
# the release it was made on, and apt and dnf refuse it elsewhere. `portable` brings its libraries (docs/decisions/0071).
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
have dpkg-shlibdeps || die "dpkg-dev is missing: packages are made on Debian or Ubuntu (apt install dpkg-dev)"
from=$(cd "${FROM:-target/dist}" && pwd) || die "there are no programs to pack: run make packages, or say FROM=…"
formats=" ${FORMATS:-deb rpm tar portable} "
out=$ROOT/target/packages
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
arch=$(dpkg --print-architecture)
machine=$(uname -m)
# Which libavdevice the recorder opens by name.
avdevice=$(pkg-config --modversion libavdevice | cut -d. -f1)
release=$(. /etc/os-release && echo "${PRETTY_NAME:-this system}")
maintainer="Aside <aside@localhost>"
# The same bytes from the same commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Speech code for this very processor would end with an illegal instruction on others.
if "$from/aside-server" doctor --data "$work/doctor" 2>/dev/null | grep -q '^[a-zA-Z]* *processor.*AVX-512'; then
  say "NOTE: the programs in $from were compiled for this machine's processor (AVX-512); on one without it they make no transcripts.
      make packages compiles them for any x86-64 processor with AVX2, FMA, F16C and BMI2."
fi

step "What a desktop is told"
! have desktop-file-validate || desktop-file-validate recorder/app/assets/io.github.aside.Aside.desktop
! have appstreamcli || appstreamcli validate --no-net recorder/app/assets/io.github.aside.Aside.metainfo.xml >&2
! have flatpak-builder || (cd "$work" && flatpak-builder --show-manifest "$ROOT/packaging/flatpak/io.github.aside.Aside.yml" >/dev/null)

step "Licences"
node scripts/lib/licences.mjs aside-recorder aside-app aside-server >"$out/THIRD-PARTY-LICENSES"

# stage NAME PARTS: the files of a package below $work/NAME, as make install puts them.
stage() {
  local name=$1 root=$work/$1 doc=$work/$1/usr/share/doc/$1
  DESTDIR=$root PREFIX=/usr FROM=$from PARTS=$2 SERVICE=1 scripts/install.sh
  install -D -m 644 -t "$doc" LICENSE-MIT LICENSE-APACHE "$out/THIRD-PARTY-LICENSES"
  gzip -9n "$doc/THIRD-PARTY-LICENSES"
  find "$root/usr/share/man" -name '*.[18]' -exec gzip -9n {} +
}
stage aside "recorder app"
stage aside-server "server"

# The packages of the libraries that these programs link, with the versions they need.
linked() {
  local dir
  dir=$(mktemp -d -p "$work")
  mkdir "$dir/debian"
  printf 'Source: aside\n\nPackage: aside\nArchitecture: any\n' >"$dir/debian/control"
  (cd "$dir" && dpkg-shlibdeps -O "${@/#/-e}" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
}

# deb NAME SUMMARY TEXT MORE-DEPENDS RECOMMENDS PROGRAM…
deb() {
  local name=$1 root=$work/$1 doc=$work/$1/usr/share/doc/$1 script depends
  depends=$(linked "${@:6}")
  mkdir -p "$root/DEBIAN"
  # Debian's places: its completions of zsh, its licence file, its list of changes.
  mkdir -p "$root/usr/share/zsh/vendor-completions"
  mv "$root"/usr/share/zsh/site-functions/* "$root/usr/share/zsh/vendor-completions/"
  rmdir "$root/usr/share/zsh/site-functions"
  cat >"$doc/copyright" <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Aside

Files: *
Copyright: the authors of Aside
License: MIT or Apache-2.0
 The texts are LICENSE-MIT and LICENSE-APACHE beside this file; what else is
 compiled into the programs, and on which terms, stands in THIRD-PARTY-LICENSES.gz.
 On Debian the Apache License 2.0 is also /usr/share/common-licenses/Apache-2.0.
COPYRIGHT
  rm "$doc/LICENSE-APACHE"
  sed -i 's/ The texts are LICENSE-MIT and LICENSE-APACHE beside this file;/ The text of the former is LICENSE-MIT beside this file;/' "$doc/copyright"
  printf '%s (%s) unstable; urgency=medium\n\n  * Built on %s.\n\n -- %s  %s\n' \
    "$name" "$version" "$release" "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$doc/changelog.gz"
  for script in postinst prerm postrm; do
    [ ! -f "packaging/debian/$name.$script" ] || install -m 755 "packaging/debian/$name.$script" "$root/DEBIAN/$script"
  done
  [ ! -d "$root/etc" ] || (cd "$root" && find etc -type f -printf '/%p\n') >"$root/DEBIAN/conffiles"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: $name
Version: $version
Architecture: $arch
Maintainer: $maintainer
Section: video
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends$4
Recommends: $5
Description: $2
$3
 .
 Built on $release: it needs the FFmpeg of that release.
CONTROL
  (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$out/${name}_${version}_$arch.deb" >&2
  rm -rf "$root/DEBIAN" "$doc/copyright" "$doc/changelog.gz"
  mkdir -p "$root/usr/share/zsh/site-functions"
  mv "$root"/usr/share/zsh/vendor-completions/* "$root/usr/share/zsh/site-functions/"
  rmdir "$root/usr/share/zsh/vendor-completions"
  install -m 644 LICENSE-APACHE "$doc"
}

recorder_text=" The recorder of Aside: screen, window or area, camera, microphone and what the
 computer plays, as a desktop app and a command line. The link to a recording
 works before it is stopped; every second is on this disk before any network is
 asked."
server_text=" The server of Aside: takes recordings in while they are made, stores, serves and
 transcribes them, and threads comments at moments of them. SQLite and a folder
 are enough; PostgreSQL and an S3 bucket are there for more."

if [[ $formats == *" deb "* ]]; then
  step "aside"
  # The app opens these by name when it starts, and the recorder the last one for cameras.
  opened=", libegl1, libgl1, libx11-6, libx11-xcb1, libxcursor1, libxi6, libxkbcommon0, libxkbcommon-x11-0, libwayland-client0, libwayland-egl1, libavdevice$avdevice"
  deb aside "records screen and voice as a video message" "$recorder_text" "$opened" \
    "libgl1-mesa-dri, fontconfig, xdg-utils" "$from/aside" "$from/aside-app"
  step "aside-server"
  deb aside-server "video messages of a team: its server" "$server_text" ", passwd" "ca-certificates" "$from/aside-server"
fi

if [[ $formats == *" rpm "* ]] && have rpmbuild; then
  for name in aside aside-server; do
    step "$name (rpm)"
    rpmbuild -bb --quiet --nodebuginfo --buildroot "$work/rpmroot" \
      --define "_topdir $work/rpm" --define "_rpmdir $out" --define "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm" \
      --define "staged $work/$name" --define "aside_version $version" --define "built_on $release" --define "avdevice $avdevice" \
      --define "use_source_date_epoch_as_buildtime 1" \
      --define "_build_id_links none" --define "__os_install_post %{nil}" --define "debug_package %{nil}" \
      "packaging/rpm/$name.spec" >&2
  done
elif [[ $formats == *" rpm "* ]]; then
  say "rpmbuild is missing (Debian: apt install rpm): no .rpm is made"
fi

if [[ $formats == *" tar "* ]]; then
  step "Tarball"
  name=aside-$version-linux-$machine
  mkdir "$work/$name"
  for part in aside aside-server; do cp -a "$work/$part/usr/." "$work/$name/"; done
  install -D -m 640 "$work/aside-server/etc/aside-server/config.toml" "$work/$name/etc/aside-server/config.toml"
  cp LICENSE-MIT LICENSE-APACHE "$out/THIRD-PARTY-LICENSES" "$work/$name/"
  rm -rf "$work/$name/share/doc"
  cat >"$work/$name/README" <<README
Aside $version: aside, aside-app (the recorder and its desktop app) and aside-server, built on $release.

They link the FFmpeg of that release and run where it is. bin/ may lie anywhere; to install for everybody:
    sudo cp -r bin share /usr/local/
lib/ and etc/ hold the server's systemd unit, which expects bin/ in /usr/bin; see docs/OPERATIONS.md of the source.
README
  tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -I "xz -3" -cf "$out/$name.tar.xz" "$name"
fi

if [[ $formats == *" portable "* ]] && have patchelf; then
  step "Portable archive"
  name=aside-$version-linux-$machine-portable
  mkdir "$work/$name"
  for part in aside aside-server; do cp -a "$work/$part/usr/." "$work/$name/"; done
  rm -rf "$work/$name/share/doc" "$work/$name/lib"
  cp LICENSE-MIT LICENSE-APACHE "$out/THIRD-PARTY-LICENSES" "$work/$name/"
  scripts/lib/portable.sh "$work/$name" "$version" "$release"
  tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -I "xz -3 -T0" -cf "$out/$name.tar.xz" "$name"
elif [[ $formats == *" portable "* ]]; then
  say "patchelf is missing (Debian: apt install patchelf): no portable archive is made"
fi

(cd "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | sort | xargs sha256sum >SHA256SUMS)
say "Ready in target/packages:"
(cd "$out" && cat SHA256SUMS && ls -l) >&2

#!/usr/bin/env bash
# portable.sh FOLDER VERSION RELEASE: makes the tree FOLDER (bin, share) of the programs one that brings its libraries: FFmpeg and all
# that it links, in lib/aside, found from wherever the tree lies. scripts/packages.sh calls it.
source "$(dirname "$0")/common.sh"
tree=$1 version=$2 release=$3
have patchelf || die "patchelf is missing (apt install patchelf)"
libraries=$tree/lib/aside
papers=$tree/share/doc/aside/libraries
mkdir -p "$libraries" "$papers"
avdevice=$(ldconfig -p | sed -n "s|^[[:space:]]*libavdevice\.so\.$(pkg-config --modversion libavdevice | cut -d. -f1) .*=> ||p" | head -1)
[ -n "$avdevice" ] || die "libavdevice is missing (apt install libavdevice-dev)"

# What stays the computer's own: the C and C++ libraries, which every program there shares, and those that open parts of
# themselves from folders of the system.
stays() {
  case $1 in
    ld-linux* | libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so* | libresolv.so* | libgcc_s.so* | libstdc++.so*) ;;
    libpipewire-0.3.so* | libasound.so* | libdbus-1.so*) ;;
    *) return 1 ;;
  esac
}

# Names and places of everything that is linked. The recorder opens libavdevice by name; the app links nothing.
linked() {
  printf '%s %s\n' "$(basename "$avdevice")" "$avdevice"
  ldd "$tree/bin/aside" "$tree/bin/aside-server" "$avdevice" | awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }'
}
while read -r name place; do
  if stays "$name"; then continue; fi
  install -m 644 "$(readlink -f "$place")" "$libraries/$name"
done < <(linked | sort -u -k1,1)

for program in aside aside-server; do
  # Not RUNPATH: it would not hold for what these libraries link.
  patchelf --force-rpath --set-rpath '$ORIGIN/../lib/aside' "$tree/bin/$program"
done
for library in "$libraries"/*; do
  # One with a path of its own would look for its neighbours in folders of this system.
  [ -z "$(patchelf --print-rpath "$library")" ] || patchelf --force-rpath --set-rpath '$ORIGIN' "$library"
done

# Whose they are, and on which terms.
owners() {
  local name
  for name in $(linked | awk '{ print $2 }' | sort -u); do
    [ ! -e "$libraries/$(basename "$name")" ] || { readlink -f "$name"; echo "$name"; }
  done | sed 's|^/usr/lib/|/lib/|' | sed 'p; s|^/lib/|/usr/lib/|' | xargs dpkg -S 2>/dev/null | sed 's/: .*//' | tr ',' '\n' | tr -d ' ' | sort -u
}
{
  printf 'Libraries in lib/aside, as %s ships them: package, version, source package.\n\n' "$release"
  # shellcheck disable=SC2046
  dpkg-query -W -f '${binary:Package} ${Version} ${source:Package}\n' $(owners) | sort -u
} >"$papers/LIST"
[ "$(wc -l <"$papers/LIST")" -gt 20 ] || die "whose the libraries are could not be found out"
for owner in $(owners); do
  from=/usr/share/doc/${owner%%:*}/copyright
  [ ! -e "$from" ] || install -m 644 -T "$(readlink -f "$from")" "$papers/${owner%%:*}.copyright"
done

cat >"$tree/README" <<README
Aside $version: aside, aside-app (the recorder and its desktop app) and aside-server, with the FFmpeg that they need.

For x86-64 Linux with the C library of $release or a newer one, whatever its FFmpeg. bin/aside-app works where this lies;
to have it in the menu and its manual found:
    cp -r bin lib share ~/.local/        (or /usr/local/, as root)
To remove it, in this folder (for /usr/local put that in place of ~/.local and of \$HOME/.local):
    rm -r ~/.local/bin/aside* ~/.local/lib/aside; rm \$(cat share/doc/aside/FILES | sed "s|^|\$HOME/.local/|")

The computer brings libpipewire-0.3, libasound and libdbus-1 for the recorder; libEGL, libGL, libX11 or libwayland-client and
libxkbcommon for the window: a desktop has them.

lib/aside holds libraries of $release; share/doc/aside/libraries names their packages and has their licences. FFmpeg and x264 are
there under the GNU General Public License: who passes this on owes the sources, which are the source packages named in
share/doc/aside/libraries/LIST. Security fixes of these libraries come with a newer archive, not with the system's updates.
README
(cd "$tree" && : >share/doc/aside/FILES && find share -type f | LC_ALL=C sort -o share/doc/aside/FILES)

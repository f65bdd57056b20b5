#!/usr/bin/env bash
# Copies what was built below $DESTDIR$PREFIX.
#   FROM=target/release   where the programs are
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
prefix=${DESTDIR:-}${PREFIX:-/usr/local}
from=${FROM:-target/release}
assets=recorder/app/assets
id=io.github.aside.Aside

install -d "$prefix/bin"
for program in aside aside-server aside-app; do
  [ "$program" = aside-app ] && [ "${APP:-1}" = 0 ] && continue
  install -m 755 "$from/$program" "$prefix/bin"
done
if [ "${APP:-1}" != 0 ]; then
  install -D -m 644 "$assets/$id.desktop" "$prefix/share/applications/$id.desktop"
  install -D -m 644 "$assets/$id.svg" "$prefix/share/icons/hicolor/scalable/apps/$id.svg"
  install -D -m 644 "$assets/$id.metainfo.xml" "$prefix/share/metainfo/$id.metainfo.xml"
fi
say "Installed below $prefix"

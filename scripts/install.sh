#!/usr/bin/env bash
# Copies what was built below $DESTDIR$PREFIX: programs, manual pages, completions, the app's menu entry and icon.
#   FROM=target/release   where the programs are
#   PARTS="recorder app server"   which of them (APP=0: without the app)
#   SERVICE=1             also the systemd unit, its user, and the settings in $DESTDIR/etc/aside-server (kept where they are there)
source "$(dirname "$0")/lib/common.sh"
cd "$ROOT"
root=${DESTDIR:-}
prefix=${PREFIX:-/usr/local}
to=$root$prefix
from=${FROM:-target/release}
parts=" ${PARTS:-recorder app server} "
[ "${APP:-1}" = 0 ] && parts=${parts/ app / }
assets=recorder/app/assets
id=io.github.aside.Aside

# program FILE SECTION: the program, its manual pages, its completions.
program() {
  local program=$from/$1
  [ -x "$program" ] || die "$program is not there: run make build first, or say FROM=…"
  install -D -m 755 -t "$to/bin" "$program"
  # Made by the program itself; where it cannot run here, the machine it was built for makes them.
  rm -f "$to/share/man/man$2/$1.$2" "$to/share/man/man$2/$1"-*."$2"
  "$program" generate man "$to/share/man/man$2"
  install -d "$to/share/bash-completion/completions" "$to/share/zsh/site-functions" "$to/share/fish/vendor_completions.d"
  "$program" generate completions bash >"$to/share/bash-completion/completions/$1"
  "$program" generate completions zsh >"$to/share/zsh/site-functions/_$1"
  "$program" generate completions fish >"$to/share/fish/vendor_completions.d/$1.fish"
}

case $parts in *" recorder "*) program aside 1 ;; esac
case $parts in *" app "*)
  [ -x "$from/aside-app" ] || die "$from/aside-app is not there: run make build first, or say APP=0"
  install -D -m 755 -t "$to/bin" "$from/aside-app"
  install -D -m 644 "$assets/aside-app.1" "$to/share/man/man1/aside-app.1"
  install -D -m 644 "$assets/$id.desktop" "$to/share/applications/$id.desktop"
  install -D -m 644 "$assets/$id.svg" "$to/share/icons/hicolor/scalable/apps/$id.svg"
  install -D -m 644 "$assets/$id.metainfo.xml" "$to/share/metainfo/$id.metainfo.xml"
  ;;
esac
case $parts in *" server "*)
  program aside-server 8
  if [ "${SERVICE:-0}" = 1 ]; then
    install -d "$to/lib/systemd/system"
    sed "s|/usr/bin/|$prefix/bin/|" packaging/systemd/aside-server.service >"$to/lib/systemd/system/aside-server.service"
    install -D -m 644 packaging/systemd/aside-server.sysusers "$to/lib/sysusers.d/aside-server.conf"
    settings=$root/etc/aside-server/config.toml
    if [ ! -e "$settings" ]; then
      install -d "$(dirname "$settings")"
      (umask 027 && "$from/aside-server" config sample | sed 's|^# \(data = "/var/lib/aside"\)$|\1|' >"$settings")
    fi
  fi
  ;;
esac
find "$to/share/man" "$to/share/bash-completion" "$to/share/zsh" "$to/share/fish" -name '*aside*' -type f -exec chmod 644 {} +
say "Installed below $to"

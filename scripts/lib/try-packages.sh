#!/usr/bin/env bash
# Runs inside a fresh system, as root, with the packages in /packages: installs them, records with them, upgrades, removes,
# purges, and looks at what is left. scripts/packages-test.sh starts it.
set -euo pipefail
source "$(dirname "$0")/try-common.sh"
says() { grep -q -- "$1" "$2" || { cat "$2"; return 1; }; }
absent() { for path; do [ ! -e "$path" ] || { echo "$path is there"; return 1; }; done; }
server_pid() { systemctl show -p MainPID --value aside-server; }
admin() { runuser -u aside -- aside-server "$@" --config /etc/aside-server/config.toml; }
left() { find / -xdev \( -path /proc -o -path /sys -o -path /packages -o -path /var/lib/apt -o -path /var/cache/man \) -prune -o -iname '*aside*' -print; }

apt-get update -qq
before=$(left)
# What the trial itself needs.
install_ --no-install-recommends curl man-db xvfb xauth xdotool procps xz-utils

if ! apt-get install -s /packages/aside-server_*.deb >/tmp/refusal 2>&1; then
  # Built on a release with another FFmpeg.
  echo "apt refuses: $(grep -m1 -A3 'Depends:' /tmp/refusal | xargs)"
  check "apt names the library of FFmpeg that is missing here" says 'Depends: libav.* but it is not installable' /tmp/refusal
  check "nothing was installed" bash -c '! dpkg -s aside-server aside 2>/dev/null | grep -q "^Status: install"'
  check "no program that could not start is there" absent /usr/bin/aside /usr/bin/aside-server
  exit $failed
fi

check "apt installs both from their files" install_ /packages/aside_*.deb /packages/aside-server_*.deb
check "no library is missing" bash -c '! ldd /usr/bin/aside /usr/bin/aside-app /usr/bin/aside-server | grep "not found"'
check "the service runs as its own user and answers" eventually answers
check "it is enabled" systemctl is-enabled aside-server
check "its user is aside" bash -c "[ \"\$(ps -o user= -p $(server_pid))\" = aside ]"
check "it has no capability, and may gain none" bash -c "grep -q 'CapBnd:.*0000000000000000' /proc/$(server_pid)/status && grep -q 'NoNewPrivs:.*1' /proc/$(server_pid)/status && grep -q 'Seccomp:.*2' /proc/$(server_pid)/status"
check "the unit has no mistake" systemd-analyze verify /usr/lib/systemd/system/aside-server.service
systemd-analyze security --no-pager aside-server | tail -1
check "systemd finds it confined (under 2.5 of 10)" systemd-analyze security --no-pager --threshold=25 aside-server
check "the settings are for root and the server only" bash -c '[ "$(stat -c "%U:%G %a" /etc/aside-server/config.toml)" = "root:aside 640" ]'
check "the data is the server's alone" bash -c '[ "$(stat -c "%U %a" /var/lib/aside)" = "aside 700" ]'
check "aside-server doctor finds nothing broken" admin doctor
for page in aside aside-record aside-takes-export aside-app aside-server aside-server-serve; do
  check "man $page" bash -c "LC_ALL=C.UTF-8 man --warnings $page 2>/tmp/warnings | grep -q NAME && [ ! -s /tmp/warnings ]"
done
check "bash completes verbs" bash -c 'source /usr/share/bash-completion/completions/aside && complete -p aside'
check "licences are there" bash -c 'zcat /usr/share/doc/aside/THIRD-PARTY-LICENSES.gz | grep -q "^tokio " && zcat /usr/share/doc/aside-server/THIRD-PARTY-LICENSES.gz | grep -q "^svelte"'
check "the menu entry is there" test -f /usr/share/applications/io.github.aside.Aside.desktop

# A take of a real X screen, by somebody who is not root.
useradd --create-home sam
desktop
mine() { runuser -u sam -- env HOME=/home/sam DISPLAY=$display LC_ALL=C.UTF-8 "$@"; }
echo 'correct horse battery' | admin user add sam@example.org --password-stdin --role owner >/dev/null
admin token create --user sam@example.org --name trial >/tmp/token
check "aside signs in" bash -c "runuser -u sam -- env HOME=/home/sam aside login $url --token-stdin </tmp/token"
check "aside doctor" mine aside doctor
# The settings are read; the worker decodes, composes and transcribes within its confinement.
sed -i 's|^# whisper_model = .*|whisper_model = "/packages/ggml-fixture-en.bin"|' /etc/aside-server/config.toml
systemctl restart aside-server
eventually answers
check "aside records the screen and uploads it" bash -c "runuser -u sam -- env HOME=/home/sam DISPLAY=$display aside record --screen x11 --mic file:/packages/hello.wav --duration 5 --title Trial >/tmp/take 2>&1 || { cat /tmp/take; false; }"
link=$(grep -o "$url/[^ ]*" /tmp/take | head -1)
check "the watch link answers ($link)" curl -sf -o /dev/null "$link"
slug=${link##*/}
curl -sf -X POST -H 'Content-Type: application/json' -d '{}' "$url/api/watch/$slug/download" >/dev/null || true
made() { find /var/lib/aside/objects -name "$1" | grep -q .; }
check "a poster is made" eventually made 'poster-*.jpg'
check "the file for download is made" eventually made 'download-*.mp4'
check "what was said is written down" eventually bash -c "curl -sf $url/api/watch/$slug/transcript | tee /tmp/words | grep -q '\"state\":\"done\"' && grep -q '\"text\":' /tmp/words"
check "nothing of the take waits here" bash -c "! runuser -u sam -- env HOME=/home/sam aside takes | grep -q Trial"
mine aside-app >/tmp/app 2>&1 &
check "the app opens its window" eventually bash -c "DISPLAY=$display xdotool search --onlyvisible --name Aside >/dev/null"
pkill -u sam -x aside-app || true

# An upgrade: the same files under a higher version.
echo '# a line of the owner' >>/etc/aside-server/config.toml
dpkg-deb -R /packages/aside-server_*.deb /tmp/newer
sed -i 's/^Version: .*/&+newer/' /tmp/newer/DEBIAN/control
dpkg-deb --root-owner-group -Znone -b /tmp/newer /tmp/aside-server_newer.deb >/dev/null
old=$(server_pid)
check "an upgrade asks nothing" install_ /tmp/aside-server_newer.deb
check "it restarts the service" bash -c "[ \"$old\" != \"$(server_pid)\" ] && [ \"$(server_pid)\" != 0 ]"
check "the recording is still watched" eventually curl -sf -o /dev/null "$link"
check "the owner's settings stay" says 'a line of the owner' /etc/aside-server/config.toml
systemctl disable --now -q aside-server
check "a service that was switched off stays off after an upgrade" bash -c 'apt-get install -y --reinstall /tmp/aside-server_newer.deb >/tmp/apt 2>&1; ! systemctl is-enabled -q aside-server'
systemctl enable --now -q aside-server

pid=$(server_pid)
check "removing asks nothing" apt-get remove -y aside aside-server
check "it stops the service" bash -c "[ ! -d /proc/$pid ] && ! curl -s $url/healthz"
check "the programs are gone" absent /usr/bin/aside /usr/bin/aside-app /usr/bin/aside-server /usr/lib/systemd/system/aside-server.service
check "the recordings and the settings stay" test -f /var/lib/aside/aside.sqlite -a -f /etc/aside-server/config.toml
# The recorder has no settings of the system: with its removal nothing of it is left to purge.
check "purging asks nothing" apt-get purge -y aside-server
check "the user is gone" bash -c '! getent passwd aside && ! getent group aside'

# The .rpm, by rpm itself: what it says it needs are names of other systems, so it is told not to ask for them here.
if ls /packages/*.rpm >/dev/null 2>&1; then
  install_ --no-install-recommends rpm
  check "rpm installs both" rpm -i --nodeps /packages/aside-[0-9]*.rpm /packages/aside-server-*.rpm
  check "rpm finds every file as it was packed" rpm -V --nodeps aside aside-server
  check "the recorder starts" mine aside --version
  check "the server starts, and its user was made" bash -c 'aside-server --version && getent passwd aside'
  check "the settings are for root and the server only" bash -c '[ "$(stat -c "%U:%G %a" /etc/aside-server/config.toml)" = "root:aside 640" ]'
  check "rpm knows the settings as such" bash -c 'rpm -qc aside-server | grep -qx /etc/aside-server/config.toml'
  check "the service starts" systemctl start aside-server
  check "it answers" eventually answers
  check "rpm removes both" rpm -e aside aside-server
  check "the service is stopped" bash -c "! curl -s $url/healthz"
  check "the programs are gone" absent /usr/bin/aside /usr/bin/aside-app /usr/bin/aside-server /usr/lib/systemd/system/aside-server.service
  # rpm keeps data and users; a person removes them.
  rm -rf /var/lib/aside /etc/aside-server
  userdel aside
  apt-get purge -y rpm >/dev/null 2>&1
fi

# The tarball, to the last step of what its README says.
if ls /packages/aside-*-linux-*[!e].tar.xz >/dev/null 2>&1; then
  (cd /tmp && tar -xf /packages/aside-*-linux-*[!e].tar.xz)
  mv /tmp/aside-*-linux-* /tmp/unpacked
  cp -r /tmp/unpacked/bin /tmp/unpacked/share /usr/local/
  check "the programs of the tarball start" bash -c 'cd / && /usr/local/bin/aside --version && /usr/local/bin/aside-server --version'
  check "its manual is found" bash -c 'LC_ALL=C.UTF-8 man aside | grep -q NAME'
  mine /usr/local/bin/aside-app >/tmp/app 2>&1 &
  check "its app opens its window" eventually bash -c "DISPLAY=$display xdotool search --onlyvisible --name Aside >/dev/null"
  pkill -u sam -x aside-app || true
  (cd /tmp/unpacked && find bin share -type f -printf '%p\0') | (cd /usr/local && xargs -0 rm)
  rm -rf /tmp/unpacked
fi
kill $xvfb
rm -rf /home/sam /tmp/newer /tmp/aside-server_newer.deb
rest=$(comm -13 <(sort <<<"$before") <(left | sort))
check "nothing is left on the disk" test -z "$rest"
[ -z "$rest" ] || echo "$rest"
exit $failed

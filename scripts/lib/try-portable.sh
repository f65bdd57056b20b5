#!/usr/bin/env bash
# Runs inside a fresh system without FFmpeg, as root, with the archive in /packages: unpacks it as a person would, records with it, and
# removes it as its README says. scripts/packages-test.sh starts it.
set -euo pipefail
source "$(dirname "$0")/try-common.sh"
apt-get update -qq
# What a desktop has, and what the trial itself needs.
asound=libasound2
! apt-cache show libasound2t64 >/dev/null 2>&1 || asound=libasound2t64
install_ --no-install-recommends curl xz-utils man-db xvfb xauth xdotool procps libpipewire-0.3-0 $asound libdbus-1-3 \
  libegl1 libgl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0
useradd --create-home sam
desktop
mine() { runuser -u sam -- env HOME=/home/sam PATH=/home/sam/.local/bin:/usr/bin:/bin DISPLAY=$display LC_ALL=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 "$@"; }
said() { mine bash -c "$1" >/tmp/said-by 2>&1 || { cat /tmp/said-by; return 1; }; }
check "there is no FFmpeg here" bash -c '! ldconfig -p | grep -q libavcodec'
mine bash -c 'cd && tar -xf /packages/aside-*-portable.tar.xz && mv aside-*-portable aside'
check "nothing it links is missing" bash -c '! LC_ALL=C ldd /home/sam/aside/bin/aside /home/sam/aside/bin/aside-app /home/sam/aside/bin/aside-server | grep "not found"'
check "it takes FFmpeg from its own folder" bash -c 'ldd /home/sam/aside/bin/aside | grep -q "libavcodec.*=> /home/sam/aside/"'
check "each library is named with its package, and has its licence" bash -c 'cd /home/sam/aside/share/doc/aside/libraries && grep -q "^libavcodec" LIST && grep -q "GPL" libavcodec*.copyright'
mine bash -c 'mkdir -p ~/.local && cd ~/aside && cp -r bin lib share ~/.local/'

mine aside-server serve --data /home/sam/server >/tmp/server 2>&1 &
server=$!
check "the server starts as anybody" eventually answers
echo 'correct horse battery' | mine aside-server user add sam@example.org --password-stdin --role owner --data /home/sam/server >/dev/null
mine aside-server token create --user sam@example.org --name trial --data /home/sam/server >/tmp/token
check "aside signs in" bash -c "runuser -u sam -- env HOME=/home/sam /home/sam/.local/bin/aside login $url --token-stdin </tmp/token"
check "it records the screen, a camera and a voice, and uploads" said "aside record --screen x11 --camera lavfi:testsrc=size=320x240:rate=10 --mic file:/packages/hello.wav --duration 5 --title Trial >~/take 2>&1 || { cat ~/take; false; }"
link=$(grep -o "$url/[^ ]*" /home/sam/take | head -1)
check "the watch link answers ($link)" curl -sf -o /dev/null "$link"
made() { find /home/sam/server/objects -name "$1" | grep -q .; }
check "the server decodes in its confinement: a poster is made" eventually made 'poster-*.jpg'
mine aside-app >/tmp/app 2>&1 &
check "the app opens its window" eventually bash -c "DISPLAY=$display xdotool search --onlyvisible --name Aside >/dev/null"
pkill -u sam -x aside-app || true
check "its manual is found" mine bash -c 'man --path | grep -q .local/share/man && man aside | grep -q NAME'
kill $server $xvfb

# As its README says.
mine bash -c 'cd ~/aside && sed -n "/^To remove it:/,/^$/p" README | sed 1d >~/remove && bash -e ~/remove'
check "nothing of it is left among the person's programs" bash -c '[ -z "$(find /home/sam/.local -not -type d -not -path "*/.local/share/aside/*" -not -path "*/.local/state/*")" ] || { find /home/sam/.local -not -type d; false; }'
pkill -KILL -u sam || true
eventually bash -c '! pgrep -u sam >/dev/null'
userdel --remove sam 2>/dev/null
exit $failed

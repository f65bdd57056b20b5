#!/usr/bin/env bash
# Records a real Wayland session (sway without a screen) through the real desktop portal, and looks at what was recorded.
# Debian's stable portal for wlroots wants a GPU, so compositor, portal and PipeWire come from Debian unstable and live in a
# folder of their own (some 600 MB, downloaded once); `aside` and `aside-server` run outside of it.
#   APT_MIRROR=http://…/debian   where from, instead of where this machine's apt gets its packages
source "$(dirname "$0")/../lib/common.sh"

system=$CACHE/wayland
mark=$system/.complete-1

[ "$(id -u)" = 0 ] || die "This test mounts folders and changes users, so it must be started by root:   sudo make test-wayland"
have apt-get && have dpkg || die "This test builds a small Debian; it needs apt and debootstrap, so Debian or a child of it."

# Mounts and processes of this test live in namespaces of its own and end with it.
if [ "${1-}" != inside ]; then
  "$ROOT/scripts/setup.sh" demo
  # A desktop with PipeWire has the configuration and the modules of its clients; a machine without a desktop may not.
  [ -e /usr/share/pipewire/client.conf ] ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pipewire-bin >&2
  step "Programs"
  cargo build --workspace --exclude aside-app --bins --locked >&2
  "$(dirname "$0")/system.sh" "$system" "$mark"
  exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private "$0" inside
fi

run=$(mktemp -d /tmp/aside-wayland.XXXXXX)
ends() {
  # What still writes must not keep the folder from being removed.
  jobs -p | xargs -r kill -KILL 2>/dev/null || true
  wait
  umount --lazy "$system$run" 2>/dev/null || true
  rm -rf "$run" "$system$run"
}
trap ends EXIT
trap 'exit 130' INT TERM
mkdir -m 700 "$run/run" "$run/home"
mkdir -p "$run/home/.config/xdg-desktop-portal" "$run/home/.config/xdg-desktop-portal-wlr" "$system$run"
cp "$BIN/aside" "$BIN/aside-server" "$run/"
chown -R nobody: "$run"
for place in /proc /sys; do mount --rbind "$place" "$system$place"; done
mount --rbind /dev "$system/dev"
mount --bind "$run" "$system$run"

export HOME=$run/home XDG_RUNTIME_DIR=$run/run XDG_CURRENT_DESKTOP=sway XDG_SESSION_TYPE=wayland
export DBUS_SESSION_BUS_ADDRESS=unix:path=$run/run/bus SWAYSOCK=$run/run/sway.sock WAYLAND_DISPLAY=wayland-1
export WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1
export LIBGL_ALWAYS_SOFTWARE=1 NO_COLOR=1
unset DISPLAY XDG_DATA_HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME

# Arrays and no functions: a function in the background is a shell of its own, and signals would stop there.
as_person=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --)
session=(chroot "$system" "${as_person[@]}")
begin() { # begin NAME CMD…: in the background, its words in NAME.log
  local name=$1
  shift
  "${session[@]}" env -u WAYLAND_DISPLAY "$@" >"$run/$name.log" 2>&1 &
}
on_bus() { "${session[@]}" dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.NameHasOwner "string:$1" | grep -q 'boolean true'; }
not_on_bus() { ! on_bus "$1"; }
portal() { # portal CHOOSER: (re)starts the portal; CHOOSER "none" takes the only screen, "person" is one who is asked (and counted),
  # "closed" is one who closes the dialog
  portal_ends
  {
    echo "[screencast]"
    case $1 in
    none) printf 'output_name=HEADLESS-1\nchooser_type=none\n' ;;
    person) printf 'chooser_type=simple\nchooser_cmd=%s\n' "$run/choose" ;;
    closed) printf 'chooser_type=simple\nchooser_cmd=false\n' ;;
    esac
  } >"$run/home/.config/xdg-desktop-portal-wlr/config"
  "${session[@]}" /usr/libexec/xdg-desktop-portal-wlr >"$run/portal-wlr.log" 2>&1 &
  portals=($!)
  wait_for 20 "the portal of wlroots" on_bus org.freedesktop.impl.portal.desktop.wlr
  "${session[@]}" /usr/libexec/xdg-desktop-portal >"$run/portal.log" 2>&1 &
  portals+=($!)
  wait_for 20 "the desktop portal" on_bus org.freedesktop.portal.Desktop
}
portals=()
portal_ends() {
  [ ${#portals[@]} = 0 ] || kill "${portals[@]}" 2>/dev/null || true
  portals=()
  wait_for 20 "the end of the portal" not_on_bus org.freedesktop.portal.Desktop
  wait_for 20 "the end of the portal of wlroots" not_on_bus org.freedesktop.impl.portal.desktop.wlr
}

step "A Wayland session"
# A bus of its own without services to start: what is not there must be missing.
cat >"$run/bus.conf" <<CONF
<busconfig><type>session</type><listen>unix:path=$run/run/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
CONF
printf 'output HEADLESS-1 resolution 1280x720\noutput HEADLESS-1 bg #000000 solid_color\n' >"$run/sway.conf"
# The question for the camera has an answer already (below), so whoever would ask it need not run.
printf '[preferred]\ndefault=wlr\norg.freedesktop.impl.portal.Access=test\n' >"$run/home/.config/xdg-desktop-portal/portals.conf"
printf '[portal]\nDBusName=org.freedesktop.impl.portal.desktop.test\nInterfaces=org.freedesktop.impl.portal.Access\n' \
  >"$system/usr/share/xdg-desktop-portal/portals/test.portal"
# PipeWire's own test picture stands for a camera.
mkdir -p "$run/home/.config/pipewire/pipewire.conf.d"
cat >"$run/home/.config/pipewire/pipewire.conf.d/camera.conf" <<'CONF'
context.spa-libs = { videotestsrc = videotestsrc/libspa-videotestsrc }
context.objects = [ { factory = spa-node-factory args = {
  factory.name = videotestsrc node.name = test-camera node.description = "Test camera" media.class = Video/Source media.role = Camera
} } ]
CONF
printf '#!/bin/sh\necho asked >>%s\necho "Monitor: HEADLESS-1"\n' "$run/asked" >"$run/choose"
chmod 755 "$run/choose"
begin bus dbus-daemon --config-file="$run/bus.conf" --nofork --nopidfile
wait_for 10 "D-Bus" test -S "$run/run/bus"
begin permissions /usr/libexec/xdg-permission-store
wait_for 10 "the permission store" on_bus org.freedesktop.impl.portal.PermissionStore
begin pipewire pipewire
wait_for 10 "PipeWire" test -S "$run/run/pipewire-0"
begin wireplumber wireplumber
begin sway sway --config "$run/sway.conf"
wait_for 20 "sway" test -S "$run/run/wayland-1"
# A client of its own paints: `swaymsg output … bg` would set up the whole screen anew, and the portal of wlroots does not outlive that.
paint() { "${session[@]}" swaybg --output HEADLESS-1 --color "$1" >>"$run/painter.log" 2>&1 & }
portal none

# Paints again and again, until it is killed.
repaint() { # repaint ARGUMENTS-OF-SWAYBG…
  (
    painter=
    while :; do
      "${session[@]}" swaybg --output HEADLESS-1 "$@" >>"$run/painter.log" 2>&1 &
      sleep 0.4
      [ -z "$painter" ] || kill "$painter"
      painter=$!
    done
  ) &
  repainter=$!
}

step "A server"
"${as_person[@]}" "$run/aside-server" serve --data "$run/data" --listen 127.0.0.1:0 >"$run/server.log" 2>&1 &
wait_for 20 "aside-server" grep -q "listening on" "$run/server.log"
url=$(sed -n 's/^listening on //p' "$run/server.log")
echo "correct horse battery" | "${as_person[@]}" "$run/aside-server" user add sam@example.org --password-stdin --data "$run/data" >/dev/null
ASIDE_TOKEN=$("${as_person[@]}" "$run/aside-server" token create --user sam@example.org --name wayland --data "$run/data")
export ASIDE_SERVER=$url ASIDE_TOKEN

failed=0
claim() { # claim WORDS CMD…
  local words=$1
  shift
  if "$@"; then printf '  ok      %s\n' "$words"; else printf '  FAILED  %s\n' "$words"; failed=1; fi
}
sealed() { grep -c '"event":"part".*"state":"sealed"' "$run/record.log" || true; }
more_than() { [ "$(sealed)" -gt "$1" ]; }
parts_pass() { wait_for 20 "the next parts" more_than $(($(sealed) + $1)); }
field() { sed -n "s/.*\"event\":\"$1\".*\"$2\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" "$run/record.log" | head -1; }

step "Recording"
# The screen stands still until the recording runs: its first picture must come all the same.
paint '#000000'
"${as_person[@]}" "$run/aside" record --screen portal --mic none --json >"$run/record.log" 2>&1 &
recorder=$!
claim "a screen that stands still gives its first picture" wait_for 60 "the recording" grep -q '"event":"started"' "$run/record.log"
[ $failed = 0 ] || { cat "$run"/*.log >&2; die "Nothing was recorded."; }
for colour in '#ff0000' '#00ff00' '#0000ff'; do
  paint "$colour"
  parts_pass 2
done
# From here the screen stands still, and the portal says nothing more.
parts_pass 5
still=$(now_ms)
kill -INT "$recorder"
ended() { ! kill -0 "$recorder" 2>/dev/null; }
claim "stop does not wait for a still screen" wait_for 15 "the end of the recorder" ended
took=$(($(now_ms) - still))
rc=0
wait "$recorder" || rc=$?
claim "the recorder ends well, with every part on the server" [ "$rc" = 0 ]
slug=$(field link slug)
watch=$(curl -fsS "$url/api/watch/$slug")
claim "the take is finished" grep -q '"state":"finished"' <<<"$watch"
claim "its size is the screen's" grep -q '"width":1280,"height":720' <<<"$watch"
# Each picture as one pixel: runs of the same colour, as r, g, b or another.
colours=$(ffmpeg -v error -i "$url/w/$slug/master.m3u8" -vf scale=1:1:flags=area -f rawvideo -pix_fmt rgb24 - |
  od -An -v -t u1 -w3 | awk '{c = $1>180&&$2<60&&$3<60 ? "red" : $1<60&&$2>180&&$3<60 ? "green" : $1<60&&$2<60&&$3>180 ? "blue" : $1<40&&$2<40&&$3<40 ? "black" : "other"} c!=last {printf "%s ", c; last=c}')
claim "the pictures are what was painted, in that order (${colours% })" grep -Eq '^(black )(red )(green )(blue )$' <<<"$colours"
say "          from the signal to the end of the program, upload and receipt included: $took ms"

step "A choice that is restored"
asked() { wc -l <"$run/asked"; }
asked_are() { [ "$(asked)" = "$1" ]; }
take() { # take ARGUMENTS…: two seconds of the screen, kept here
  "${as_person[@]}" timeout 90 "$run/aside" record --offline --mic none --duration 2 --json "$@" >"$run/take.log" 2>&1 || { tail -n 3 "$run/take.log" >&2; return 1; }
  grep -q '"event":"part".*"state":"sealed"' "$run/take.log"
}
tokens=$run/home/.local/state/aside/portal.json
rm -f "$tokens"
: >"$run/asked"
chown nobody: "$run/asked"
portal person
claim "the first take asks" take --screen portal
claim "    once" asked_are 1
claim "the token is readable by its owner alone" grep -q '^-rw-------' <<<"$(ls -l "$tokens")"
claim "a second take asks nothing, and has a picture of a screen that stands still" take --screen portal
claim "    nothing" asked_are 1
claim "a third takes the renewed one" take --screen portal-screen
claim "    and asks nothing" asked_are 1
claim "--ask asks again" take --screen portal --ask
claim "    once" asked_are 2
portal_ends
"${session[@]}" swaymsg -s "$SWAYSOCK" output HEADLESS-1 resolution 1024x768 >/dev/null
portal person
claim "a screen of another size than last time is asked for" take --screen portal
claim "    once" asked_are 3
portal_ends
"${session[@]}" swaymsg -s "$SWAYSOCK" output HEADLESS-1 resolution 1280x720 >/dev/null
portal person
claim "and so is the one before, which is not the one of last time" take --screen portal
claim "    once" asked_are 4
sed 's/"token": "[^"]*"/"token": "00000000-0000-0000-0000-000000000000"/' "$tokens" >"$run/unknown"
cat "$run/unknown" >"$tokens"
claim "with a token that the desktop does not know any more it asks" take --screen portal
claim "    once" asked_are 5

step "A portal that dies"
# dies N WORDS: program N of the portal is killed in the middle of a take; within ten seconds the take has ended, is safe, and WORDS are said
dies() {
  local recorder rc=0
  portal none
  "${as_person[@]}" "$run/aside" record --offline --screen portal --mic none --json >"$run/dies.log" 2>&1 &
  recorder=$!
  wait_for 60 "the recording" grep -q '"state":"sealed"' "$run/dies.log" || return 1
  kill -KILL "${portals[$1]}"
  wait_for 10 "the end of the take" over "$recorder" || { kill -KILL "$recorder"; return 1; }
  wait "$recorder" || rc=$?
  [ "$rc" = 3 ] && grep -q "$2" "$run/dies.log" && grep -q '"event":"kept"' "$run/dies.log" || { say "          exit code $rc"; tail -n 4 "$run/dies.log" >&2; return 1; }
}
over() { ! kill -0 "$1" 2>/dev/null; }
claim "the desktop portal: told within ten seconds, the take is safe" dies 1 "portal has ended"
claim "the portal of wlroots: the same" dies 0 "program that gave the pictures has ended"

step "scap"
portal none
repaint --color '#204060'
claim "--screen scap still records" take --screen scap
kill "$repainter"

step "A camera of PipeWire"
"${session[@]}" dbus-send --session --print-reply --dest=org.freedesktop.impl.portal.PermissionStore /org/freedesktop/impl/portal/PermissionStore \
  org.freedesktop.impl.portal.PermissionStore.SetPermission string:devices boolean:true string:camera string: array:string:yes >/dev/null
"${as_person[@]}" "$run/aside" sources --json >"$run/sources.log" 2>&1 || true
claim "where V4L2 has no camera, the desktop's is listed" grep -q '"id": "pipewire"' "$run/sources.log"
camera() {
  take --screen synthetic --camera pipewire || return 1
  grep -q '"event":"part".*"track":"camera".*"state":"sealed"' "$run/take.log" || { grep camera "$run/take.log" | tail -n 4 >&2; return 1; }
}
claim "and recorded, through its portal" camera

step "Turned and scaled screens"
# Four quarters of one colour each say which way up a picture is.
ffmpeg -nostdin -v error -y -f lavfi -i 'color=black:s=1280x720,drawbox=0:0:640:360:red:fill,drawbox=640:0:640:360:lime:fill,drawbox=0:360:640:360:blue:fill' \
  -frames:v 1 "$run/quarters.png"
# quarters FILE: the colours of the four quarters of the last picture of a take, and its size
quarters() {
  local size
  size=$(ffprobe -v error -select_streams v -show_entries stream=width,height -of csv=p=0:s=x "$1" | head -1)
  ffmpeg -nostdin -v error -i "$1" -vf format=rgb24,scale=2:2:flags=area -f rawvideo -pix_fmt rgb24 - | tail -c 12 | od -An -v -t u1 -w3 |
    awk -v size="$size" '{c = $1>180&&$2<60&&$3<60 ? "red" : $1<60&&$2>180&&$3<60 ? "green" : $1<60&&$2<60&&$3>180 ? "blue" : $1<40&&$2<40&&$3<40 ? "black" : "other"; printf "%s ", c} END {print size}'
}
# turned OUTPUT-COMMAND SIZE: with the output set up so, a take has this size and stands upright
turned() {
  portal_ends
  "${session[@]}" swaymsg -s "$SWAYSOCK" output HEADLESS-1 $1 >/dev/null
  local kept
  portal none
  repaint --image "$run/quarters.png" --mode stretch
  "${as_person[@]}" timeout 60 "$run/aside" record --offline --screen portal --mic none --duration 3 --json >"$run/turned.log" 2>&1 || { tail -n 3 "$run/turned.log" >&2; kill "$repainter"; return 1; }
  kill "$repainter"
  kept=$(sed -n 's/.*"event":"kept".*"id":"\([^"]*\)".*/\1/p' "$run/turned.log")
  "${as_person[@]}" "$run/aside" takes export "$kept" "$run/home/$kept.mp4" >/dev/null
  seen=$(quarters "$run/home/$kept.mp4")
  [ "$seen" = "red green blue black $2" ] || { say "          seen: $seen"; return 1; }
}
while read -r size command <&3; do
  claim "output $command: $size, upright" turned "$command" "$size"
done 3<<'OUTPUTS'
1280x720 transform normal
720x1280 transform 90
1280x720 transform 180
720x1280 transform 270
1280x720 transform flipped
720x1280 transform flipped-90
1280x720 transform flipped-180
720x1280 transform flipped-270
1280x720 transform normal scale 1.5
720x1280 transform 90 scale 1.5
1280x720 transform normal scale 1
OUTPUTS

refused() { # refused WORDS ARGUMENTS…: a take that cannot begin says so and what to do
  local rc=0 words=$1
  shift
  "${as_person[@]}" timeout 60 "$run/aside" record --screen portal --mic none "$@" >"$run/refused.log" 2>&1 || rc=$?
  [ "$rc" = 3 ] && grep -q "$words" "$run/refused.log" && grep -q "Nothing was recorded" "$run/refused.log" || { sed 's/^/          /' "$run/refused.log" >&2; return 1; }
}
step "Without a screen"
portal closed
claim "a dialog that was closed is an error with a next step" refused "closed the dialog" --ask
portal_ends
claim "no portal is an error with a next step" refused "xdg-desktop-portal"

[ $failed = 0 ] || { for log in "$run"/*.log; do say "--- $(basename "$log")"; tail -n 15 "$log" >&2; done; die "The Wayland test FAILED"; }
say ""
say "The Wayland test passed (sway $("${session[@]}" sway --version | grep -o '[0-9.]*' | head -1), portal-wlr $("${session[@]}" dpkg-query -W -f '${Version}' xdg-desktop-portal-wlr))"

# Sourced by what runs inside a fresh system: claims, and waiting.
# shellcheck shell=bash
failed=0
check() { # check CLAIM CMD…
  local claim=$1
  shift
  if "$@" >/tmp/said 2>&1; then echo "  ok      $claim"; else
    echo "  FAILED  $claim"
    sed 's/^/            /' /tmp/said
    failed=1
  fi
}
eventually() { # eventually CMD…
  local n
  for n in $(seq 600); do "$@" && return; sleep 0.1; done
  echo "in vain, ${n} times: $*"
  return 1
}
url=http://127.0.0.1:4646
answers() { curl -sf -o /dev/null "$url/healthz"; }
install_() { apt-get install -y "$@" >/tmp/apt 2>&1 || { tail -30 /tmp/apt; return 1; }; }
# An X server of this system's own, $display, whose process is $xvfb: the network is shared with the computer around, and with it the
# numbers that are taken there.
desktop() {
  Xvfb -displayfd 3 -screen 0 640x480x24 3>/tmp/display >/tmp/xvfb 2>&1 &
  xvfb=$!
  eventually test -s /tmp/display
  display=:$(cat /tmp/display)
}

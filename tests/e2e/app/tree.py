"""Prints what a screen reader is told of the app on this desktop: one JSON object for each control, from the window down.

Waits until the names that are given as arguments are all there, for half a minute at most. After `--press` the control with the
first name is pressed.
"""

import json
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402


def switch_on():
    """As a screen reader does when it starts."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        value = GLib.Variant("b", True)
        bus.call_sync(
            "org.a11y.Bus",
            "/org/a11y/bus",
            "org.freedesktop.DBus.Properties",
            "Set",
            GLib.Variant("(ssv)", ("org.a11y.Status", name, value)),
            None,
            Gio.DBusCallFlags.NONE,
            -1,
            None,
        )


def place(node):
    """Left, top, width, height in pixels of its window; None for what has no place."""
    try:
        at = node.get_extents(Atspi.CoordType.WINDOW)
    except GLib.Error:
        return None
    return [at.x, at.y, at.width, at.height]


def walk(node, depth=0):
    if node is None or depth > 40:
        return
    states = node.get_state_set()
    yield node, {
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "depth": depth,
        "focusable": states.contains(Atspi.StateType.FOCUSABLE),
        "focused": states.contains(Atspi.StateType.FOCUSED),
        "checked": states.contains(Atspi.StateType.CHECKED),
        "place": place(node),
    }
    for index in range(node.get_child_count()):
        yield from walk(node.get_child_at_index(index), depth + 1)


def tree():
    found = []
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        try:
            found += walk(desktop.get_child_at_index(index))
        except GLib.Error:
            # It changed while it was read.
            continue
    return found


def main():
    names = sys.argv[1:]
    press = names[:1] == ["--press"]
    names = names[1:] if press else names
    wanted = set(names)
    switch_on()
    Atspi.init()
    until = time.monotonic() + 30
    while True:
        nodes = tree()
        missing = wanted - {told["name"] for _, told in nodes}
        if not missing or time.monotonic() > until:
            break
        time.sleep(0.2)
    for node, told in nodes:
        print(json.dumps(told))
        if press and told["name"] == names[0] and node.get_n_actions() > 0:
            node.do_action(0)
            press = False
    if missing:
        print("missing:", ", ".join(sorted(missing)), file=sys.stderr)
        return 1
    return 0


sys.exit(main())

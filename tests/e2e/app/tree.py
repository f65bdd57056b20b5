"""Prints what a screen reader is told of the app on this desktop: one JSON object for each control, from the window down.

Waits until the names that are given as arguments are all there, for half a minute at most.
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


def walk(node, depth=0):
    if node is None or depth > 40:
        return
    states = node.get_state_set()
    yield {
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "depth": depth,
        "focusable": states.contains(Atspi.StateType.FOCUSABLE),
        "focused": states.contains(Atspi.StateType.FOCUSED),
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
    wanted = set(sys.argv[1:])
    switch_on()
    Atspi.init()
    until = time.monotonic() + 30
    while True:
        nodes = tree()
        missing = wanted - {node["name"] for node in nodes}
        if not missing or time.monotonic() > until:
            break
        time.sleep(0.2)
    for node in nodes:
        print(json.dumps(node))
    if missing:
        print("missing:", ", ".join(sorted(missing)), file=sys.stderr)
        return 1
    return 0


sys.exit(main())

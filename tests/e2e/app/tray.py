"""A desktop's tray. `watch` has one on this session bus until it is ended, and says so. `look` prints the title of the icon in it and
the entries of its menu, as JSON; `look ENTRY` also presses that one. Waits for an icon, for half a minute at most.
"""

import json
import sys
import time

from gi.repository import Gio, GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PLACE = "/StatusNotifierWatcher"
INTERFACE = """<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierItemUnregistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>"""


def watch(bus):
    items = []

    def call(_bus, _sender, _path, _interface, method, args, answer):
        if method == "RegisterStatusNotifierItem":
            items.append(args.unpack()[0])
        answer.return_value(None)

    def read(_bus, _sender, _path, _interface, name):
        return {
            "RegisteredStatusNotifierItems": GLib.Variant("as", items),
            "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
            "ProtocolVersion": GLib.Variant("i", 0),
        }[name]

    interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
    bus.register_object(PLACE, interface, call, read, None)
    there = lambda *_: print("there", flush=True)  # noqa: E731
    Gio.bus_own_name_on_connection(bus, WATCHER, Gio.BusNameOwnerFlags.NONE, there, None)
    GLib.MainLoop().run()


def look(bus, entry):
    def ask(name, path, interface, method, args=None):
        flags = Gio.DBusCallFlags.NONE
        return bus.call_sync(name, path, interface, method, args, None, flags, -1, None).unpack()

    def read(name, path, interface, what):
        args = GLib.Variant("(ss)", (interface, what))
        return ask(name, path, "org.freedesktop.DBus.Properties", "Get", args)[0]

    until = time.monotonic() + 30
    while not (items := read(WATCHER, PLACE, WATCHER, "RegisteredStatusNotifierItems")):
        if time.monotonic() > until:
            sys.exit("no icon")
        time.sleep(0.1)
    item = items[-1]
    title = read(item, "/StatusNotifierItem", ITEM, "Title")
    menu = read(item, "/StatusNotifierItem", ITEM, "Menu")
    layout = ask(item, menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, [])))[1]
    entries = {row[1]["label"]: row[0] for row in layout[2] if "label" in row[1]}
    print(json.dumps({"title": title, "menu": list(entries)}))
    if entry:
        pressed = GLib.Variant("(isvu)", (entries[entry], "clicked", GLib.Variant("i", 0), 0))
        ask(item, menu, MENU, "Event", pressed)


session = Gio.bus_get_sync(Gio.BusType.SESSION)
if sys.argv[1] == "watch":
    watch(session)
else:
    look(session, sys.argv[2] if len(sys.argv) > 2 else None)

"""A desktop's notifications. `watch` shows them on this session bus until it is ended, and says so. `look` prints what stands there and
what was taken back, as JSON; `press TITLE KEY` presses a button of what has this title.
"""

import json
import sys

from gi.repository import Gio, GLib

NAME = "org.freedesktop.Notifications"
PLACE = "/org/freedesktop/Notifications"
TEST = "io.github.aside.Test"
INTERFACES = """<node>
<interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface>
<interface name="io.github.aside.Test">
  <method name="Look"><arg type="s" direction="out"/></method>
  <method name="Press"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
</interface></node>"""


def watch(bus):
    shown, taken_back = {}, []
    numbers = iter(range(1, 1000))

    def emit(signal, args):
        bus.emit_signal(None, PLACE, NAME, signal, args)

    def call(_bus, _sender, _path, _interface, method, args, answer):
        value = args.unpack()
        result = None
        if method == "GetCapabilities":
            result = GLib.Variant("(as)", (["actions", "body", "persistence"],))
        elif method == "Notify":
            _app, replaces, _icon, title, text, actions, hints, _time = value
            number = replaces if replaces in shown else next(numbers)
            buttons = dict(zip(actions[::2], actions[1::2]))
            urgency = hints.get("urgency")
            shown[number] = {"title": title, "text": text, "buttons": buttons, "urgency": urgency}
            result = GLib.Variant("(u)", (number,))
        elif method == "CloseNotification":
            if gone := shown.pop(value[0], None):
                taken_back.append(gone["title"])
                emit("NotificationClosed", GLib.Variant("(uu)", (value[0], 3)))
        elif method == "Look":
            now = {"shown": list(shown.values()), "taken_back": taken_back}
            result = GLib.Variant("(s)", (json.dumps(now),))
        elif method == "Press":
            for number, it in shown.items():
                if it["title"] == value[0] and value[1] in it["buttons"]:
                    emit("ActionInvoked", GLib.Variant("(us)", (number, value[1])))
        answer.return_value(result)

    for interface in Gio.DBusNodeInfo.new_for_xml(INTERFACES).interfaces:
        bus.register_object(PLACE, interface, call, None, None)
    there = lambda *_: print("there", flush=True)  # noqa: E731
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, there, None)
    GLib.MainLoop().run()


def ask(bus, method, args=None):
    flags = Gio.DBusCallFlags.NONE
    return bus.call_sync(NAME, PLACE, TEST, method, args, None, flags, -1, None).unpack()


session = Gio.bus_get_sync(Gio.BusType.SESSION)
if sys.argv[1] == "watch":
    watch(session)
elif sys.argv[1] == "look":
    print(ask(session, "Look")[0])
else:
    ask(session, "Press", GLib.Variant("(ss)", (sys.argv[2], sys.argv[3])))

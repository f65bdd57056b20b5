//! The link on the clipboard of a desktop, asked for as any other program would.

use rustix::process::{Pid, Signal, kill_process};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, WindowClass};
use x11rb::rust_connection::RustConnection;

use crate::aside::{RecorderHome, Take};
use crate::server::{Fault, Server};
use crate::xvfb::Xvfb;

/// Asks whoever owns the clipboard (ICCCM 2.0 §2.4).
fn paste(display: &str) -> String {
    let (x, screen) = RustConnection::connect(Some(display)).unwrap();
    let root = x.setup().roots[screen].root;
    let window = x.generate_id().unwrap();
    let class = WindowClass::INPUT_OUTPUT;
    x.create_window(
        0,
        window,
        root,
        0,
        0,
        1,
        1,
        0,
        class,
        0,
        &CreateWindowAux::new(),
    )
    .unwrap();
    let atom = |name: &str| {
        x.intern_atom(false, name.as_bytes())
            .unwrap()
            .reply()
            .unwrap()
            .atom
    };
    let (clipboard, text, here) = (atom("CLIPBOARD"), atom("UTF8_STRING"), atom("HERE"));
    x.convert_selection(window, clipboard, text, here, x11rb::CURRENT_TIME)
        .unwrap();
    x.flush().unwrap();
    loop {
        if let Event::SelectionNotify(answer) = x.wait_for_event().unwrap() {
            assert_ne!(
                answer.property,
                x11rb::NONE,
                "nobody answers for the clipboard"
            );
            break;
        }
    }
    let property = x
        .get_property(true, window, here, AtomEnum::ANY, 0, 1024)
        .unwrap();
    String::from_utf8(property.reply().unwrap().value).unwrap()
}

#[test]
fn the_link_is_on_the_clipboard_while_the_desktop_is_recorded() {
    let (desktop, server) = (
        Xvfb::start("320x240x24", &[]),
        Server::with_faults(|_, _| Fault::None),
    );
    let home = RecorderHome::at(&server.url);
    let mut command = home.command(&["record", "--screen", "x11", "--mic", "none", "--json"]);
    command.env("DISPLAY", &desktop.display);
    let mut take = Take::start(command);
    let link = take.wait_for("link")["url"].clone();
    take.wait_for("copied");
    assert_eq!(paste(&desktop.display), link);
    take.wait_until("a part", |e| e["event"] == "part");
    take.signal(Signal::INT);
    let (code, events) = take.end();
    assert_eq!(code, Some(0), "{events:#?}");
}

/// A file of cookies (Xau) with one for every display: who does not have it is turned away.
fn cookies() -> Vec<u8> {
    let field = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[..], bytes].concat()
    };
    let wild = 0xffff_u16.to_be_bytes().to_vec();
    let rest = [&b""[..], b"", b"MIT-MAGIC-COOKIE-1", &[7; 16]];
    rest.iter().fold(wild, |mut all, bytes| {
        all.extend(field(bytes));
        all
    })
}

/// A take of the test picture on this display: it is whole, and nobody says that the link was copied.
fn is_recorded_without_a_clipboard(display: &str) {
    let server = Server::with_faults(|_, _| Fault::None);
    let home = RecorderHome::at(&server.url);
    let args = ["record", "--screen", "synthetic", "--mic", "none", "--json"];
    let mut command = home.command(&args);
    command
        .args(["--duration", "1"])
        .env("DISPLAY", display)
        .env("XAUTHORITY", "/nonexistent");
    let (code, events) = Take::start(command).end();
    assert_eq!(code, Some(0), "{events:#?}");
    assert!(events.iter().any(|e| e["event"] == "link"));
    assert!(
        !events.iter().any(|e| e["event"] == "copied"),
        "{events:#?}"
    );
    assert!(server.state().only().1.finished);
}

#[test]
fn a_clipboard_that_turns_programs_away_or_hangs_costs_nothing_but_the_copy() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("cookies");
    std::fs::write(&file, cookies()).unwrap();
    let closed = Xvfb::start("320x240x24", &["-auth", file.to_str().unwrap()]);
    is_recorded_without_a_clipboard(&closed.display);

    let hanging = Xvfb::start("320x240x24", &[]);
    kill_process(Pid::from_child(&hanging.process), Signal::STOP).unwrap();
    is_recorded_without_a_clipboard(&hanging.display);
}

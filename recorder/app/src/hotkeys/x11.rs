//! On X11 a program takes keys from the server, and hears which of them another program has.
//!
//! A thread waits for what is pressed, and nothing asks again and again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{BoolCtrl, ConnectionExt as _, ID, PerClientFlag};
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, ModMask};
use x11rb::rust_connection::RustConnection;

use crate::model::hotkey::{Action, Keys, parse};
use crate::model::settings::Settings;

/// Keys of the X server that are this app's.
pub(super) struct Bound {
    x: Arc<RustConnection>,
    root: u32,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// A key of this keyboard, and what is held with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    code: u8,
    held: u16,
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    key: Key,
    action: Action,
}

impl Bound {
    /// `None`: the server does not answer.
    pub(super) fn new(pressed: impl Fn(Action) + Send + Sync + 'static) -> Option<Self> {
        let (x, number) = x11rb::connect(None).ok()?;
        let root = x.setup().roots[number].root;
        // Where it cannot be had, a key that is held down is pressed again and again.
        let _ = say_once(&x);
        let (x, taken) = (Arc::new(x), Arc::default());
        let bound = Self {
            x: Arc::clone(&x),
            root,
            taken: Arc::clone(&taken),
        };
        let thread = Builder::new().name("hotkeys".to_owned());
        thread.spawn(move || listen(&x, &taken, pressed)).ok()?;
        Some(bound)
    }

    /// Returns the keys that somebody else has. All are tried, so that these are known before a take; those that are of use
    /// in a take only are left to other programs before it.
    pub(super) fn bind(&self, settings: &Settings, live: bool) -> Vec<String> {
        for taken in std::mem::take(&mut *lock(&self.taken)) {
            self.leave(taken.key);
        }
        let keyboard = Keyboard::ask(&self.x);
        let mut tried = Vec::new();
        let mut problems = Vec::new();
        for action in Action::ALL {
            let text = settings.keys(action);
            let Some(keys) = parse(text) else { continue };
            let wanted = live || action.is_always_bound();
            let key = keyboard.as_ref().and_then(|keyboard| keyboard.find(&keys));
            let free = key.filter(|key| !tried.contains(key));
            if let (Some(key), true) = (free, wanted) {
                // What a key means is known before it is taken: it may be pressed at once.
                lock(&self.taken).push(Taken { key, action });
            }
            tried.extend(free);
            match free.map(|key| (key, self.take(key))) {
                Some((_, Ok(()))) if wanted => {}
                Some((key, Ok(()))) => self.leave(key),
                failed => {
                    if let Some((key, _)) = failed {
                        lock(&self.taken).retain(|taken| taken.key != key);
                        self.leave(key);
                    }
                    problems.push(format!("{text} ({})", action.name()));
                }
            }
        }
        // What was left is left now, not with the next request.
        let _ = self.x.flush();
        problems
    }

    fn take(&self, key: Key) -> Result<(), ReplyError> {
        for locks in locks() {
            let (held, mode) = (ModMask::from(key.held) | locks, GrabMode::ASYNC);
            self.x
                .grab_key(false, self.root, held, key.code, mode, mode)?
                .check()?;
        }
        Ok(())
    }

    fn leave(&self, key: Key) {
        for locks in locks() {
            let held = ModMask::from(key.held) | locks;
            if let Ok(asked) = self.x.ungrab_key(key.code, self.root, held) {
                asked.ignore_error();
            }
        }
    }
}

fn lock(taken: &Mutex<Vec<Taken>>) -> MutexGuard<'_, Vec<Taken>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A key is the same whatever is locked: nothing, capitals, numbers, both.
fn locks() -> [ModMask; 4] {
    let none = ModMask::from(0_u16);
    [
        none,
        ModMask::LOCK,
        ModMask::M2,
        ModMask::LOCK | ModMask::M2,
    ]
}

/// A key that is held down is told of once.
fn say_once(x: &RustConnection) -> Result<(), ReplyError> {
    x.xkb_use_extension(1, 0)?.reply()?;
    let (keyboard, repeat) = (
        u16::from(ID::USE_CORE_KBD),
        PerClientFlag::DETECTABLE_AUTO_REPEAT,
    );
    let none = BoolCtrl::default();
    x.xkb_per_client_flags(keyboard, repeat, repeat, none, none, none)?
        .reply()?;
    Ok(())
}

/// Ends with the server, or with the process.
fn listen(x: &RustConnection, taken: &Mutex<Vec<Taken>>, pressed: impl Fn(Action)) {
    let mut down = BTreeSet::new();
    while let Ok(event) = x.wait_for_event() {
        match event {
            Event::KeyPress(press) if down.insert(press.detail) => {
                let key = Key {
                    code: press.detail,
                    held: u16::from(press.state) & MODIFIERS,
                };
                let action = lock(taken)
                    .iter()
                    .find(|taken| taken.key == key)
                    .map(|taken| taken.action);
                if let Some(action) = action {
                    pressed(action);
                }
            }
            Event::KeyRelease(release) => {
                down.remove(&release.detail);
            }
            _ => {}
        }
    }
}

/// Shift, Ctrl, Alt and the key with the logo, as bits of a mask.
const SHIFT: u16 = 1;
const CTRL: u16 = 1 << 2;
const ALT: u16 = 1 << 3;
const LOGO: u16 = 1 << 6;
const MODIFIERS: u16 = SHIFT | CTRL | ALT | LOGO;

/// What the keys of the keyboard write.
struct Keyboard {
    first: u8,
    each: usize,
    symbols: Vec<u32>,
}

impl Keyboard {
    fn ask(x: &RustConnection) -> Option<Self> {
        let (first, last) = (x.setup().min_keycode, x.setup().max_keycode);
        let asked = x.get_keyboard_mapping(first, (last - first).saturating_add(1));
        let map = asked.ok()?.reply().ok()?;
        Some(Self {
            first,
            each: usize::from(map.keysyms_per_keycode).max(1),
            symbols: map.keysyms,
        })
    }

    fn find(&self, keys: &Keys) -> Option<Key> {
        let symbol = symbol(&keys.key)?;
        let rows = || self.symbols.chunks(self.each);
        // By itself; else with Shift, or on another of the person's layouts.
        let alone = rows().position(|row| row.first() == Some(&symbol));
        let at = alone.or_else(|| rows().position(|row| row.contains(&symbol)))?;
        let held = [
            (keys.ctrl, CTRL),
            (keys.shift, SHIFT),
            (keys.alt, ALT),
            (keys.logo, LOGO),
        ];
        Some(Key {
            code: self.first.checked_add(u8::try_from(at).ok()?)?,
            held: held.iter().filter(|(is, _)| *is).map(|(_, bit)| bit).sum(),
        })
    }
}

/// The symbol of the key with this name (X11's keysymdef.h).
fn symbol(name: &str) -> Option<u32> {
    let one = name.chars().next().filter(|_| name.chars().count() == 1);
    Some(match (name, one) {
        ("Up", _) => 0xff52,
        ("Down", _) => 0xff54,
        ("Left", _) => 0xff51,
        ("Right", _) => 0xff53,
        ("PageUp", _) => 0xff55,
        ("PageDown", _) => 0xff56,
        ("Home", _) => 0xff50,
        ("End", _) => 0xff57,
        ("Space", _) => 0x20,
        (_, Some(one)) => u32::from(one.to_ascii_lowercase()),
        (function, None) => {
            let number: u32 = function.strip_prefix('F')?.parse().ok()?;
            0xffbe + number.checked_sub(1).filter(|n| *n < 12)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hotkey::NAMED;

    #[test]
    fn every_key_that_settings_take_has_a_symbol_of_its_own() {
        let names = ('A'..='Z')
            .chain('0'..='9')
            .map(String::from)
            .chain((1..=12).map(|n| format!("F{n}")))
            .chain(NAMED.map(str::to_owned));
        let mut seen = BTreeSet::new();
        for name in names {
            let keys = parse(&format!("Ctrl+{name}")).unwrap();
            let symbol = symbol(&keys.key).unwrap();
            assert!(seen.insert(symbol), "{name}");
        }
        assert_eq!((symbol("F13"), symbol("Banana")), (None, None));
    }

    #[test]
    fn a_key_is_found_by_what_it_writes_alone_else_with_shift_or_on_another_layout() {
        let row = |text: &str| text.chars().map(u32::from).collect::<Vec<_>>();
        let keyboard = Keyboard {
            first: 8,
            each: 4,
            // A digit that needs Shift, a letter of another layout, and the letter itself further on.
            symbols: [row("&1&1"), row("дДlL"), row("qQ1l"), row("lLlL")].concat(),
        };
        let find = |text: &str| keyboard.find(&parse(text).unwrap());
        let ctrl = |code| Some(Key { code, held: CTRL });
        assert_eq!(find("Ctrl+1"), ctrl(8));
        assert_eq!(find("Ctrl+L"), ctrl(11));
        assert_eq!(find("Ctrl+Q"), ctrl(10));
        assert_eq!(find("Ctrl+X"), None);
        let all = find("Ctrl+Shift+Alt+Super+L").unwrap();
        assert_eq!(all.held, MODIFIERS);
    }
}

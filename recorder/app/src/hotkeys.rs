//! Keys that work while another window has the focus: on X11. A Wayland desktop gives them to no program; there the
//! commands are shown that can be bound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use global_hotkey::hotkey::{Code, HotKey, Modifiers};
use global_hotkey::{GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState};

use crate::model::hotkey::{Action, Keys, parse};
use crate::model::settings::Settings;

/// The keys that are bound now.
pub struct Hotkeys {
    /// `None`: this desktop has none for programs.
    manager: Option<GlobalHotKeyManager>,
    bound: Vec<HotKey>,
    meaning: Arc<Mutex<HashMap<u32, Action>>>,
}

impl Hotkeys {
    /// `pressed` is called on a thread of its own.
    pub fn new(wayland: bool, pressed: impl Fn(Action) + Send + Sync + 'static) -> Self {
        let x11 = !wayland && std::env::var_os("DISPLAY").is_some();
        let manager = x11.then(GlobalHotKeyManager::new).and_then(Result::ok);
        let meaning: Arc<Mutex<HashMap<u32, Action>>> = Arc::default();
        let of = Arc::clone(&meaning);
        GlobalHotKeyEvent::set_event_handler(Some(move |event: GlobalHotKeyEvent| {
            let action = of
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&event.id)
                .copied();
            if let Some(action) = action.filter(|_| event.state == HotKeyState::Pressed) {
                pressed(action);
            }
        }));
        Self {
            manager,
            bound: Vec::new(),
            meaning,
        }
    }

    /// Binds what the settings say. Returns the keys that somebody else has; `None`: there are no hotkeys here.
    pub fn bind(&mut self, settings: &Settings) -> Option<Vec<String>> {
        let manager = self.manager.as_ref()?;
        for key in self.bound.drain(..) {
            let _ = manager.unregister(key);
        }
        let mut meaning = self.meaning.lock().unwrap_or_else(PoisonError::into_inner);
        meaning.clear();
        let mut taken = Vec::new();
        for action in Action::ALL {
            let text = settings.keys(action);
            let Some(key) = parse(text).as_ref().and_then(hotkey) else {
                continue;
            };
            if manager.register(key).is_ok() {
                meaning.insert(key.id(), action);
                self.bound.push(key);
            } else {
                taken.push(format!("{text} ({})", action.name()));
            }
        }
        Some(taken)
    }
}

fn hotkey(keys: &Keys) -> Option<HotKey> {
    let held = [
        (keys.ctrl, Modifiers::CONTROL),
        (keys.shift, Modifiers::SHIFT),
        (keys.alt, Modifiers::ALT),
        (keys.logo, Modifiers::META),
    ];
    let mut modifiers = Modifiers::empty();
    for (_, modifier) in held.iter().filter(|(held, _)| *held) {
        modifiers |= *modifier;
    }
    code(&keys.key).map(|code| HotKey::new(Some(modifiers), code))
}

/// The key with this name.
fn code(name: &str) -> Option<Code> {
    let long = match name.len() {
        1 if name.as_bytes()[0].is_ascii_digit() => format!("Digit{name}"),
        1 => format!("Key{name}"),
        _ => name.to_owned(),
    };
    long.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_settings_take_is_one_of_the_keyboard() {
        let names = ('A'..='Z')
            .chain('0'..='9')
            .map(String::from)
            .chain((1..=12).map(|n| format!("F{n}")));
        for name in names {
            let keys = parse(&format!("Ctrl+{name}")).unwrap();
            assert!(hotkey(&keys).is_some(), "{name}");
        }
    }
}

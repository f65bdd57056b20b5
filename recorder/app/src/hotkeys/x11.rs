//! On X11 a program takes keys from the server, and hears which of them another program has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use global_hotkey::hotkey::{Code, HotKey, Modifiers};
use global_hotkey::{GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState};

use crate::model::hotkey::{Action, Keys, parse};
use crate::model::settings::Settings;

/// Keys of the X server that are this app's.
pub(super) struct Bound {
    manager: GlobalHotKeyManager,
    bound: Vec<HotKey>,
    meaning: Arc<Mutex<HashMap<u32, Action>>>,
}

impl Bound {
    /// `None`: the server does not answer.
    pub(super) fn new(pressed: impl Fn(Action) + Send + Sync + 'static) -> Option<Self> {
        let manager = GlobalHotKeyManager::new().ok()?;
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
        Some(Self {
            manager,
            bound: Vec::new(),
            meaning,
        })
    }

    /// Returns the keys that somebody else has. All are tried, so that these are known before a take; those that are of use
    /// in a take only are left to other programs before it.
    pub(super) fn bind(&mut self, settings: &Settings, live: bool) -> Vec<String> {
        for key in self.bound.drain(..) {
            let _ = self.manager.unregister(key);
        }
        // Whoever hears of a key holds the map, and answers nobody meanwhile: it is not held while keys are asked for. What a
        // key means is known before it is taken: it may be pressed at once.
        let known = |change: &dyn Fn(&mut HashMap<u32, Action>)| {
            change(&mut self.meaning.lock().unwrap_or_else(PoisonError::into_inner));
        };
        let mut meaning = HashMap::new();
        let mut taken = Vec::new();
        for action in Action::ALL {
            let text = settings.keys(action);
            let Some(key) = parse(text).as_ref().and_then(hotkey) else {
                continue;
            };
            let wanted = live || action.is_always_bound();
            if wanted {
                known(&|all| {
                    all.insert(key.id(), action);
                });
            }
            if self.manager.register(key).is_err() {
                taken.push(format!("{text} ({})", action.name()));
            } else if wanted {
                meaning.insert(key.id(), action);
                self.bound.push(key);
            } else {
                let _ = self.manager.unregister(key);
            }
        }
        known(&|all| all.clone_from(&meaning));
        taken
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
    let long = match name {
        "Up" | "Down" | "Left" | "Right" => format!("Arrow{name}"),
        _ if name.len() > 1 => name.to_owned(),
        _ if name.as_bytes()[0].is_ascii_digit() => format!("Digit{name}"),
        _ => format!("Key{name}"),
    };
    long.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hotkey::NAMED;

    #[test]
    fn every_key_that_settings_take_is_one_of_the_keyboard() {
        let names = ('A'..='Z')
            .chain('0'..='9')
            .map(String::from)
            .chain((1..=12).map(|n| format!("F{n}")))
            .chain(NAMED.map(str::to_owned));
        for name in names {
            let keys = parse(&format!("Ctrl+{name}")).unwrap();
            assert!(hotkey(&keys).is_some(), "{name}");
        }
    }
}

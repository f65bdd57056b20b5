//! Keys that work while another window has the focus.

use serde::{Deserialize, Serialize};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    StartStop,
    Pause,
    Restart,
    Mute,
    Face,
    Mark,
    NotesDown,
    NotesUp,
    Draw,
}

impl Action {
    pub const ALL: [Self; 9] = [
        Self::StartStop,
        Self::Pause,
        Self::Restart,
        Self::Mute,
        Self::Face,
        Self::Mark,
        Self::NotesDown,
        Self::NotesUp,
        Self::Draw,
    ];

    /// It is of use before a take as well.
    pub const fn is_always_bound(self) -> bool {
        matches!(self, Self::StartStop)
    }

    /// As settings and the recorder call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::StartStop => "start_stop",
            Self::Pause => "pause",
            Self::Restart => "restart",
            Self::Mute => "mute",
            Self::Face => "face",
            Self::Mark => "mark",
            Self::NotesDown => "notes_down",
            Self::NotesUp => "notes_up",
            Self::Draw => "draw",
        }
    }

    pub const fn default_keys(self) -> &'static str {
        match self {
            Self::StartStop => "Ctrl+Shift+L",
            Self::Pause => "Ctrl+Shift+P",
            Self::Restart => "Ctrl+Shift+R",
            Self::Mute => "Ctrl+Shift+M",
            Self::Face => "Ctrl+Shift+F",
            Self::Mark => "Ctrl+Shift+K",
            Self::NotesDown => "Ctrl+Shift+Down",
            Self::NotesUp => "Ctrl+Shift+Up",
            Self::Draw => "Ctrl+Shift+D",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::StartStop => "Start and stop",
            Self::Pause => "Pause and go on",
            Self::Restart => "Start over",
            Self::Mute => "Mute the microphone",
            Self::Face => "Camera: corner, full, hidden",
            Self::Mark => "Set a mark",
            Self::NotesDown => "Speaker notes: on",
            Self::NotesUp => "Speaker notes: back",
            Self::Draw => "Draw on the screen",
        }
    }

    /// The command to bind where the desktop has no hotkeys for programs; `None`: it is the window's alone.
    pub const fn command(self) -> Option<&'static str> {
        Some(match self {
            Self::StartStop => "aside stop",
            Self::Pause => "aside pause",
            Self::Restart => "aside restart",
            Self::Mute => "aside mute",
            Self::Face => "aside face full",
            Self::Mark => "aside mark",
            Self::NotesDown | Self::NotesUp | Self::Draw => return None,
        })
    }
}

/// Keys in parts: the modifiers and one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub ctrl: bool,
    pub shift: bool,
    pub alt: bool,
    pub logo: bool,
    /// A letter, a digit, F1 to F12, or one of [`NAMED`].
    pub key: String,
}

/// Keys with a name.
pub const NAMED: [&str; 9] = [
    "Up", "Down", "Left", "Right", "PageUp", "PageDown", "Home", "End", "Space",
];

/// Reads `Ctrl+Shift+L`. A key alone is none but for F1 to F12: it would be taken from every other program.
pub fn parse(text: &str) -> Option<Keys> {
    let mut keys = Keys {
        ctrl: false,
        shift: false,
        alt: false,
        logo: false,
        key: String::new(),
    };
    for part in text.split('+').map(str::trim) {
        match part.to_ascii_lowercase().as_str() {
            "ctrl" | "control" => keys.ctrl = true,
            "shift" => keys.shift = true,
            "alt" => keys.alt = true,
            "super" | "logo" | "meta" => keys.logo = true,
            other if keys.key.is_empty() => keys.key = key(other)?,
            _ => return None,
        }
    }
    let function = keys.key.len() > 1 && !NAMED.contains(&keys.key.as_str());
    let held = keys.ctrl || keys.alt || keys.logo;
    (!keys.key.is_empty() && (held || function)).then_some(keys)
}

/// The key with this name, in small letters, as it is written.
fn key(text: &str) -> Option<String> {
    let named = NAMED.iter().find(|name| name.eq_ignore_ascii_case(text));
    match named {
        Some(name) => Some((*name).to_owned()),
        None => is_key(text).then(|| text.to_ascii_uppercase()),
    }
}

fn is_key(text: &str) -> bool {
    let mut letters = text.chars();
    match (letters.next(), letters.as_str()) {
        (Some('f'), number) if !number.is_empty() => {
            number.parse().is_ok_and(|n: u8| (1..=12).contains(&n))
        }
        (Some(key), "") => key.is_ascii_alphanumeric(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_can_be_read_and_no_two_are_alike() {
        let mut seen = Vec::new();
        for action in Action::ALL {
            let keys = parse(action.default_keys()).unwrap();
            assert!(!seen.contains(&keys), "{action:?}");
            seen.push(keys);
        }
    }

    #[test]
    fn a_letter_alone_is_no_hotkey_and_a_function_key_is_one() {
        assert_eq!(parse("L"), None);
        assert_eq!(parse("Shift+L"), None);
        assert_eq!(parse("Ctrl+"), None);
        assert_eq!(parse("Ctrl+Banana"), None);
        assert_eq!(parse("Ctrl+A+B"), None);
        assert_eq!(parse("Shift+Down"), None);
        assert_eq!(parse("ctrl+pagedown").unwrap().key, "PageDown");
        assert_eq!(parse("F9").unwrap().key, "F9");
        let keys = parse("control + super+f12").unwrap();
        assert!(keys.ctrl && keys.logo && keys.key == "F12");
    }
}

//! Keys of a Wayland desktop that steer a recording while another window has the focus.
//!
//! A Wayland desktop gives keys to no program. Its portal binds them for one (`org.freedesktop.portal.GlobalShortcuts`): the
//! program names what it can do and which keys it would like, the person says which they are.

#[cfg(feature = "portal")]
mod portal;

use std::str::FromStr;

#[cfg(feature = "portal")]
pub use portal::{are_bound_here, listen};

/// Something that can be done with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortcut {
    /// The word that comes back when it is pressed.
    pub action: String,
    /// What a person reads in the desktop's settings.
    pub name: String,
    /// The keys that are wished for, such as `Ctrl+Shift+K`.
    pub keys: String,
}

/// What `aside record --shortcuts` binds: as the desktop app has it on X11.
pub const RECORDING: [(&str, &str, &str); 6] = [
    ("stop", "Stop the recording", "Ctrl+Shift+L"),
    ("pause", "Pause and go on", "Ctrl+Shift+P"),
    ("restart", "Start over", "Ctrl+Shift+R"),
    ("mute", "Mute the microphone", "Ctrl+Shift+M"),
    ("face", "Camera: corner, full, hidden", "Ctrl+Shift+F"),
    ("mark", "Set a mark", "Ctrl+Shift+K"),
];

impl Shortcut {
    /// Those of [`RECORDING`].
    pub fn of_recording() -> Vec<Self> {
        let owned = |(action, name, keys): (&str, &str, &str)| Self {
            action: action.to_owned(),
            name: name.to_owned(),
            keys: keys.to_owned(),
        };
        RECORDING.into_iter().map(owned).collect()
    }

    /// The keys as the specification of shortcuts writes them (`CTRL+SHIFT+k`); `None`: they cannot be wished for.
    pub fn trigger(&self) -> Option<String> {
        let mut parts: Vec<&str> = self.keys.split('+').map(str::trim).collect();
        let key = parts.pop().filter(|key| !key.is_empty())?;
        let modifiers: Option<Vec<&str>> = parts
            .iter()
            .map(|part| {
                Some(match part.to_ascii_lowercase().as_str() {
                    "ctrl" | "control" => "CTRL",
                    "shift" => "SHIFT",
                    "alt" => "ALT",
                    "super" | "logo" | "meta" => "LOGO",
                    _ => return None,
                })
            })
            .collect();
        // Names of keys are those of XKB: a letter is a small one.
        let key = match key.len() {
            1 => key.to_ascii_lowercase(),
            _ => key.to_owned(),
        };
        let mut all: Vec<String> = modifiers?.into_iter().map(str::to_owned).collect();
        all.push(key);
        Some(all.join("+"))
    }
}

impl FromStr for Shortcut {
    type Err = String;

    /// `ACTION=KEYS=NAME`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '=');
        let mut part = || parts.next().map(str::trim).filter(|part| !part.is_empty());
        match (part(), part(), part()) {
            (Some(action), Some(keys), Some(name)) => Ok(Self {
                action: action.to_owned(),
                name: name.to_owned(),
                keys: keys.to_owned(),
            }),
            _ => Err("expected ACTION=KEYS=NAME, such as mark=Ctrl+Shift+K=Set a mark".to_owned()),
        }
    }
}

/// What the desktop made of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub action: String,
    /// The keys in the desktop's own words; empty where the person bound none.
    pub keys: String,
}

#[cfg(not(feature = "portal"))]
pub fn are_bound_here() -> bool {
    false
}

/// Why a desktop binds no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShortcutError {
    #[error(
        "this desktop binds no keys for programs. Bind these commands in its settings instead: `aside stop`, `aside pause`, \
         `aside restart`, `aside mute`, `aside face full`, `aside mark`"
    )]
    Unsupported,
    #[error("you closed the dialog of the desktop without binding the keys")]
    Cancelled,
    #[error("the desktop did not bind the keys ({0})")]
    Refused(String),
    #[error("the desktop's portal has ended, and with it the keys")]
    PortalGone,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(keys: &str) -> Option<String> {
        let shortcut = Shortcut {
            action: "mark".to_owned(),
            name: "Set a mark".to_owned(),
            keys: keys.to_owned(),
        };
        shortcut.trigger()
    }

    #[test]
    fn keys_are_written_as_portals_read_them() {
        assert_eq!(trigger("Ctrl+Shift+K").as_deref(), Some("CTRL+SHIFT+k"));
        assert_eq!(trigger("super + alt+F9").as_deref(), Some("LOGO+ALT+F9"));
        assert_eq!(trigger("F12").as_deref(), Some("F12"));
        assert_eq!(trigger("Ctrl+Shift+Up").as_deref(), Some("CTRL+SHIFT+Up"));
        assert_eq!(trigger("Hyper+K"), None);
        assert_eq!(trigger("Ctrl+"), None);
        assert!(
            Shortcut::of_recording()
                .iter()
                .all(|s| s.trigger().is_some())
        );
    }

    #[test]
    fn a_shortcut_is_read_from_three_parts() {
        let read: Shortcut = "mark=Ctrl+Shift+K=Set a mark = now".parse().unwrap();
        assert_eq!(
            (read.action.as_str(), read.name.as_str()),
            ("mark", "Set a mark = now")
        );
        for wrong in ["", "mark", "mark=Ctrl+K", "=Ctrl+K=x", "mark==x"] {
            assert!(wrong.parse::<Shortcut>().is_err(), "{wrong}");
        }
    }
}

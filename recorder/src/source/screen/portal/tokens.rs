//! What a desktop gave to restore the choice of last time with, and whether it kept its word. Pure, but for the file.
//!
//! A token is for one use, a start gives the next, and a screen and a window each have their own. It is a hint: desktops have
//! restored another monitor than the one that was chosen (docs/decisions/0047), so what comes back is compared.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::source::PortalKind;

/// In the folder of the program's state.
const FILE: &str = "portal.json";
/// An answer that takes this long comes from a person: a desktop that restores asks nobody.
const PERSON: Duration = Duration::from_millis(1500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Screen,
    Window,
}

/// Where a stream comes from, as the desktop says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// Upper left corner and size, in the desktop's own units.
    pub(super) position: Option<(i32, i32)>,
    pub(super) size: Option<(i32, i32)>,
    /// The same for as long as a choice is restored.
    pub(super) id: Option<String>,
}

impl Place {
    /// Whether this is what was chosen. What one of both does not say cannot differ.
    pub(super) fn is_the_same_as(&self, before: &Self) -> bool {
        fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            a.zip(b).is_none_or(|(a, b)| a == b)
        }
        let size = match self.kind {
            Kind::Screen => agree(self.size.as_ref(), before.size.as_ref()),
            // A window may have grown since.
            Kind::Window => true,
        };
        self.kind == before.kind
            && size
            && agree(self.position.as_ref(), before.position.as_ref())
            && agree(self.id.as_ref(), before.id.as_ref())
    }
}

/// A token, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) token: String,
    pub(super) place: Place,
}

impl Kept {
    /// Whether the desktop restored something else, without asking anybody; `took`: the time it needed.
    pub(super) fn is_broken_by(&self, now: &Place, took: Duration) -> bool {
        took < PERSON && !now.is_the_same_as(&self.place)
    }
}

/// `portal.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tokens {
    screen: Option<Kept>,
    window: Option<Kept>,
    /// Of the newest choice.
    last: Option<Kind>,
}

impl Tokens {
    /// What is handed over where `wanted` is to be recorded.
    pub(super) fn of(&self, wanted: PortalKind) -> Option<&Kept> {
        let kind = match wanted {
            PortalKind::Any => self.last?,
            PortalKind::Screen => Kind::Screen,
            PortalKind::Window => Kind::Window,
        };
        match kind {
            Kind::Screen => self.screen.as_ref(),
            Kind::Window => self.window.as_ref(),
        }
    }

    fn slot(&mut self, kind: Kind) -> &mut Option<Kept> {
        match kind {
            Kind::Screen => &mut self.screen,
            Kind::Window => &mut self.window,
        }
    }

    /// A choice was made or restored: what it is restored with next time, if the desktop says.
    pub(super) fn renew(&mut self, place: Place, token: Option<String>) {
        let kind = place.kind;
        *self.slot(kind) = token.map(|token| Kept { token, place });
        self.last = Some(kind);
    }

    pub(super) fn forget(&mut self, token: &str) {
        for kind in [Kind::Screen, Kind::Window] {
            let slot = self.slot(kind);
            if slot.as_ref().is_some_and(|kept| kept.token == token) {
                *slot = None;
            }
        }
    }
}

/// Where they are kept, readable by this person alone.
#[derive(Debug, Clone)]
pub(super) struct TokenFile(PathBuf);

impl TokenFile {
    pub(super) fn within(folder: &Path) -> Self {
        Self(folder.join(FILE))
    }

    pub(super) fn read(&self) -> Tokens {
        let bytes = fs::read(&self.0).unwrap_or_default();
        // One that cannot be read costs a question.
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Reads, changes and writes; a failure costs a question next time.
    pub(super) fn change(&self, change: impl FnOnce(&mut Tokens)) {
        let before = self.read();
        let mut tokens = before.clone();
        change(&mut tokens);
        if tokens != before
            && let Err(error) = self.write(&tokens)
        {
            tracing::debug!(%error, "the desktop's token is not kept");
        }
    }

    fn write(&self, tokens: &Tokens) -> std::io::Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = self.0.with_extension("json.new");
        // One that was left over may be readable by others.
        let _ = fs::remove_file(&new);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(tokens)?)?;
        fs::rename(&new, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn screen(x: i32) -> Place {
        Place {
            kind: Kind::Screen,
            position: Some((x, 0)),
            size: Some((1920, 1080)),
            id: None,
        }
    }

    fn window(id: &str) -> Place {
        Place {
            kind: Kind::Window,
            position: None,
            size: Some((640, 480)),
            id: Some(id.to_owned()),
        }
    }

    fn token(tokens: &Tokens, wanted: PortalKind) -> Option<String> {
        tokens.of(wanted).map(|kept| kept.token.clone())
    }

    #[test]
    fn a_screen_and_a_window_each_have_their_own_token_and_each_start_brings_the_next() {
        let mut tokens = Tokens::default();
        assert_eq!(token(&tokens, PortalKind::Any), None);
        tokens.renew(screen(0), Some("a".to_owned()));
        tokens.renew(window("w"), Some("b".to_owned()));
        assert_eq!(token(&tokens, PortalKind::Screen).as_deref(), Some("a"));
        assert_eq!(token(&tokens, PortalKind::Window).as_deref(), Some("b"));
        assert_eq!(
            token(&tokens, PortalKind::Any).as_deref(),
            Some("b"),
            "the newest choice"
        );
        tokens.renew(screen(0), Some("c".to_owned()));
        assert_eq!(token(&tokens, PortalKind::Any).as_deref(), Some("c"));
        tokens.renew(screen(0), None);
        assert_eq!(token(&tokens, PortalKind::Screen), None, "it was used up");
        tokens.forget("b");
        assert_eq!(token(&tokens, PortalKind::Window), None);
    }

    #[test]
    fn another_screen_than_last_time_is_a_broken_word_unless_a_person_chose_it() {
        let kept = Kept {
            token: "a".to_owned(),
            place: screen(0),
        };
        let (at_once, slowly) = (Duration::from_millis(80), Duration::from_secs(3));
        assert!(!kept.is_broken_by(&screen(0), at_once));
        assert!(kept.is_broken_by(&screen(1920), at_once));
        assert!(!kept.is_broken_by(&screen(1920), slowly));
        let smaller = Place {
            size: Some((1280, 720)),
            ..screen(0)
        };
        assert!(kept.is_broken_by(&smaller, at_once));
        assert!(kept.is_broken_by(&window("w"), at_once));
        let silent = Place {
            position: None,
            size: None,
            ..screen(0)
        };
        assert!(!kept.is_broken_by(&silent, at_once), "nothing to compare");
    }

    #[test]
    fn a_window_may_have_grown_but_is_the_same_one() {
        let grown = Place {
            size: Some((800, 600)),
            ..window("w")
        };
        assert!(grown.is_the_same_as(&window("w")));
        assert!(!window("v").is_the_same_as(&window("w")));
    }

    #[test]
    fn tokens_are_kept_in_a_file_that_nobody_else_reads() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::within(&folder.path().join("state"));
        assert_eq!(file.read(), Tokens::default());
        fs::create_dir_all(folder.path().join("state")).unwrap();
        fs::write(folder.path().join("state/portal.json.new"), "left over").unwrap();
        file.change(|tokens| tokens.renew(screen(0), Some("a".to_owned())));
        assert_eq!(token(&file.read(), PortalKind::Any).as_deref(), Some("a"));
        let mode = fs::metadata(&file.0).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&file.0, "{").unwrap();
        assert_eq!(file.read(), Tokens::default());
    }
}

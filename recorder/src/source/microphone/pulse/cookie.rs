//! The cookie a sound server asks its clients for.
//!
//! Every client of PulseAudio's own library makes one when there is none. Ours only reads it, and says nothing
//! when there is none; sound servers take that for an error of the protocol and hang up, even those that let
//! everybody in. So on an account where no other program has spoken to the sound server yet (a PipeWire desktop
//! just installed, a container), there would be "no microphone".

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::entropy::Entropy;

/// Bytes in a cookie: `PA_NATIVE_COOKIE_LENGTH` of PulseAudio's protocol.
const LENGTH: usize = 256;
/// In the home folder: where it is made, and where it was before PulseAudio 1.0.
const PLACES: [&str; 2] = [".config/pulse/cookie", ".pulse-cookie"];

/// Makes a cookie in `home` unless there is one; `chosen` is `$PULSE_COOKIE`.
pub(super) fn make_if_missing(
    home: &Path,
    chosen: Option<&Path>,
    entropy: &dyn Entropy,
) -> io::Result<()> {
    if chosen.is_some_and(Path::exists) || PLACES.iter().any(|place| home.join(place).exists()) {
        return Ok(());
    }
    let random = entropy.array::<LENGTH>().map_err(io::Error::other)?;
    let path = home.join(PLACES[0]);
    let folder = path.parent().unwrap_or(home);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    // Whole or not there: another client may read it at this moment.
    let unfinished = folder.join(format!("cookie.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(&random)?;
    std::fs::rename(&unfinished, &path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_cookie_is_made_for_the_owner_alone_and_only_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(PLACES[0]);
        make_if_missing(home.path(), None, &SeededEntropy::new(1)).unwrap();
        let first = std::fs::read(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!((first.len(), mode & 0o777), (LENGTH, 0o600));
        make_if_missing(home.path(), None, &SeededEntropy::new(2)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
    }

    #[test]
    fn a_cookie_that_is_elsewhere_is_left_to_be_found_there() {
        let home = tempfile::tempdir().unwrap();
        let chosen = home.path().join("mine");
        std::fs::write(&chosen, "x").unwrap();
        make_if_missing(home.path(), Some(&chosen), &SeededEntropy::new(1)).unwrap();
        assert!(!home.path().join(PLACES[0]).exists());
        std::fs::write(home.path().join(PLACES[1]), "x").unwrap();
        make_if_missing(home.path(), None, &SeededEntropy::new(1)).unwrap();
        assert!(!home.path().join(PLACES[0]).exists());
    }
}

//! `aside takes play`: what was recorded, seen and heard again. The pictures are previews, for a program that shows them.

use serde_json::json;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::show::JsonLines;
use super::find;
use crate::export;
use crate::playback::{self, Played};
use crate::session::PreviewFile;

pub(super) fn play(app: &App, id: &str) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    let id = find::find(&spool, id)?;
    let (take, found) = spool.read(id)?;
    let folder = app.env.run_dir()?;
    PreviewFile::tidy(&folder).map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    let process = std::process::id();
    let movie = Movie(folder.join(format!("{process}-take.mp4")));
    export::export(&spool.folder(id), &take, &found.ledger, &movie.0)?;
    let shown = PreviewFile::new(&folder, process, "take");
    let lines = JsonLines::new(app.world.clone());
    let mut sequence = 0_u64;
    let length_ms = found.ledger.duration().millis();
    playback::play(&movie.0, &*app.world.clock, &mut |played| match played {
        Played::Begun { sound } => {
            lines.write(&json!({ "event": "playing", "sound": sound, "duration_ms": length_ms }));
        }
        Played::Picture { media_ms, picture } => {
            sequence += 1;
            if shown.write(picture).is_ok() {
                lines.write(&json!({
                    "event": "preview",
                    "source": "take",
                    "file": shown.path().display().to_string(),
                    "width": picture.size.width,
                    "height": picture.size.height,
                    "sequence": sequence,
                    "media_ms": media_ms,
                }));
            }
        }
    })
    .map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    lines.write(&json!({ "event": "played" }));
    Ok(Exit::Ok)
}

/// The file that is played; removed when this is dropped.
struct Movie(std::path::PathBuf);

impl Drop for Movie {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

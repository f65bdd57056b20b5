//! `aside takes`: what lies on this computer, and what may be done with it.

mod cancellations;
mod discard;
mod find;
mod list;
mod play;
mod progress;
mod restore;
mod resume;

use std::path::Path;

use super::app::App;
use super::args::{Takes, TakesVerb};
use super::exit::Exit;
use super::failure::Failure;
use super::show::out;
use crate::export;

pub(super) fn takes(app: &App, args: Takes) -> Result<Exit, Failure> {
    match args.verb {
        None => list::list(app, args.json.json),
        Some(TakesVerb::List(json)) => list::list(app, json.json),
        Some(TakesVerb::Resume {
            id,
            patience,
            background,
            json,
        }) => resume::resume(app, id.as_deref(), patience, background, json.json),
        Some(TakesVerb::Restore { id }) => restore::restore(app, &id),
        Some(TakesVerb::Export { id, file }) => save(app, &id, &file),
        Some(TakesVerb::Play { id, .. }) => play::play(app, &id),
        Some(TakesVerb::Discard { id, yes }) => discard::discard(app, &id, yes),
    }
}

fn save(app: &App, id: &str, file: &Path) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    let id = find::find(&spool, id)?;
    let (take, found) = spool.read(id)?;
    export::export(&spool.folder(id), &take, &found.ledger, file)?;
    let length = crate::session::clock(found.ledger.duration());
    let left_out = match (found.lost, found.ledger.made()) {
        (0, _) => String::new(),
        (lost, made) => format!(
            " {lost} of {made} parts cannot be read; the picture stands still and the sound is silent there."
        ),
    };
    out(&format!("Saved {} ({length}).{left_out}", file.display()));
    Ok(Exit::Ok)
}

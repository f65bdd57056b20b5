//! `aside takes`: what lies on this computer, and what may be done with it.

mod discard;
mod follow;
mod list;
mod resume;

use std::path::Path;

use aside_protocol::id::RecordingId;

use super::args::{Takes, TakesVerb};
use super::exit::Exit;
use super::failure::Failure;
use super::show::out;
use super::verbs::App;
use crate::export;
use crate::spool::Spool;

pub(super) fn takes(app: &App, args: Takes) -> Result<Exit, Failure> {
    match args.verb {
        None => list::list(app, args.json.json),
        Some(TakesVerb::Resume {
            id,
            patience,
            background,
            json,
        }) => resume::resume(app, id.as_deref(), patience, background, json.json),
        Some(TakesVerb::Export { id, file }) => save(app, &id, &file),
        Some(TakesVerb::Discard { id, yes }) => discard::discard(app, &id, yes),
    }
}

fn save(app: &App, id: &str, file: &Path) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    let id = find(&spool, id)?;
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

/// A take by its whole id, or by the end of it where that is clear.
fn find(spool: &Spool, text: &str) -> Result<RecordingId, Failure> {
    let ids = spool.ids()?;
    let wanted = text.to_ascii_lowercase();
    let mut matching = ids
        .iter()
        .filter(|id| id.to_string().ends_with(&wanted) && !wanted.is_empty());
    match (matching.next(), matching.next()) {
        (Some(id), None) => Ok(*id),
        (Some(_), Some(_)) => Err(Failure::new(
            Exit::Usage,
            format!("several takes end in {text}; say more of the id (`aside takes`)"),
        )),
        (None, _) => Err(Failure::new(
            Exit::Usage,
            format!(
                "there is no take {text} on this computer; `aside takes` lists them. A take that is wholly uploaded is no longer here"
            ),
        )),
    }
}

//! The table of takes.

use aside_protocol::time::{MediaTime, Timestamp};
use serde_json::{Value, json};

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::show::{TakeView, Terminal, megabytes, out};
use super::super::unfinished;
use crate::session::clock;
use crate::spool::{Listed, TakeStatus, Trashed};

pub(super) fn list(app: &App, json: bool) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    spool.expire_trash(app.world.wall.now())?;
    let (takes, trashed) = (spool.list()?, spool.trashed()?);
    if json {
        let rows: Vec<Value> = takes
            .iter()
            .map(|take| row(take, &spool.folder(take.id).path().display()))
            .chain(trashed.iter().map(trashed_row))
            .collect();
        out(&Value::Array(rows).to_string());
    } else if takes.is_empty() && trashed.is_empty() {
        out("There are no takes on this computer: all of them are on the server.");
    } else {
        takes.iter().for_each(|take| out(&line(take)));
        let now = app.world.wall.now();
        trashed
            .iter()
            .for_each(|take| out(&trashed_line(take, now)));
    }
    if let Some(account) = app.account()?
        && account.token.is_some()
    {
        unfinished::resume_in_background(
            &spool,
            account.address(),
            &mut TakeView::new(Terminal::new(app.env.no_color)),
        );
    }
    Ok(Exit::Ok)
}

fn row(listed: &Listed, path: &dyn std::fmt::Display) -> Value {
    match &listed.take {
        Ok((take, status, progress)) => json!({
            "id": listed.id,
            "slug": take.slug,
            "title": take.clean_title(),
            "url": take.link(),
            "server": take.server,
            "started_at": take.started_at,
            "state": status,
            "parts": progress.parts,
            "received": progress.received,
            "lost": progress.lost,
            "size": progress.size,
            "duration_ms": progress.duration_ms,
            "path": path.to_string(),
        }),
        Err(error) => json!({
            "id": listed.id, "state": "damaged", "message": error.to_string(), "path": path.to_string(),
        }),
    }
}

fn trashed_row(trashed: &Trashed) -> Value {
    let (take, progress) = (&trashed.take, &trashed.progress);
    json!({
        "id": trashed.id,
        "slug": take.slug,
        "title": take.clean_title(),
        "server": take.server,
        "started_at": take.started_at,
        "state": "trashed",
        "parts": progress.parts,
        "size": progress.size,
        "duration_ms": progress.duration_ms,
        "expires_at": trashed.expires_at,
    })
}

fn trashed_line(trashed: &Trashed, now: Timestamp) -> String {
    const HOUR: i64 = 3_600_000_000;
    let hours = (trashed.expires_at.micros() - now.micros()).max(0) / HOUR;
    let left = match hours {
        0..48 => format!("{hours} hours"),
        _ => format!("{} days", hours / 24),
    };
    let length = clock(MediaTime::from_millis(trashed.progress.duration_ms));
    format!(
        "{}  {length}  {}  in the trash for another {left}; `aside takes restore {}` brings it back",
        trashed.id,
        megabytes(trashed.progress.size),
        trashed.id
    )
}

fn line(listed: &Listed) -> String {
    let (take, status, progress) = match &listed.take {
        Ok(known) => known,
        Err(error) => return format!("{}  {error}", listed.id),
    };
    let status = match status {
        TakeStatus::Recording => "recording".to_owned(),
        TakeStatus::Uploading => {
            format!("uploading, {}/{} parts", progress.received, progress.parts)
        }
        TakeStatus::Background => format!(
            "uploading in the background, {}/{} parts",
            progress.received, progress.parts
        ),
        TakeStatus::Waiting => format!(
            "waiting, {}/{} parts uploaded",
            progress.received, progress.parts
        ),
        TakeStatus::Damaged => format!(
            "damaged, {} of {} parts can neither be read nor are on the server",
            progress.lost, progress.parts
        ),
        TakeStatus::Interrupted => format!(
            "interrupted, {}/{} parts uploaded",
            progress.received, progress.parts
        ),
    };
    let length = clock(MediaTime::from_millis(progress.duration_ms));
    let title = match take.clean_title() {
        title if title.is_empty() => title,
        title => format!("  “{title}”"),
    };
    format!(
        "{}  {length}  {}  {status}{title}",
        listed.id,
        megabytes(progress.size)
    )
}

//! The table of takes.

use serde_json::{Value, json};

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::show::{TakeView, Terminal, megabytes, out};
use super::super::unfinished;
use crate::session::clock;
use crate::spool::{Listed, TakeStatus};

pub(super) fn list(app: &App, json: bool) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    let takes = spool.list()?;
    if json {
        let rows: Vec<Value> = takes
            .iter()
            .map(|take| row(take, &spool.folder(take.id).path().display()))
            .collect();
        out(&Value::Array(rows).to_string());
    } else if takes.is_empty() {
        out("There are no takes on this computer: all of them are on the server.");
    } else {
        takes.iter().for_each(|take| out(&line(take)));
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
    let length = clock(aside_protocol::time::MediaTime::from_millis(
        progress.duration_ms,
    ));
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

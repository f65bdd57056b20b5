//! Bringing a take back from the trash.

use aside_protocol::id::RecordingId;

use super::super::app::App;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::show::out;
use super::find::find_trashed;
use crate::session::{RecordError, new_slug};

pub(super) fn restore(app: &App, id: &str) -> Result<Exit, Failure> {
    let spool = app.spool()?;
    let id = find_trashed(&spool, id)?;
    let world = &app.world;
    let bytes = world.entropy.array().map_err(RecordError::from)?;
    let new = RecordingId::new(world.wall.now(), bytes);
    spool.restore(id, new, new_slug(world).map_err(RecordError::from)?)?;
    out(&format!(
        "The take is back as {new}, with a link of its own. The next start of `aside record` uploads it, or `aside \
         takes resume {new}` now."
    ));
    Ok(Exit::Ok)
}

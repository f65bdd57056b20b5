//! Text on the screen: when it is read, what its owner sees of it, and that they may want none.

mod reader;

use aside_protocol::id::{JobId, RecordingId};

use super::gate::{self, GateError};
use crate::domain::access::{Allowed, Change};
use crate::domain::job::Job;
use crate::domain::screen_text::{ScreenState, ScreenText};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx, jobs, screen_texts};

pub use reader::{READ_VERB, Read, ReadError, ScreenReader, TesseractError, languages};

/// Older recordings that are taken up when a worker starts, and once a day.
const OLDER_AT_ONCE: u32 = 500;

/// Call where the small pictures of a recording were made by a worker that reads text: it is read, unless it was, or its owner wants none.
pub async fn begin(tx: &mut Tx, resources: &Resources, recording: RecordingId) -> Result<()> {
    let known = screen_texts::get(tx, recording).await?;
    if known.is_some_and(|it| it.state != ScreenState::Reading) {
        return Ok(());
    }
    read_later(tx, resources, recording).await
}

async fn read_later(tx: &mut Tx, resources: &Resources, recording: RecordingId) -> Result<()> {
    let now = resources.now();
    let id = JobId::new(now, resources.id_entropy());
    jobs::enqueue(tx, &Job::ReadScreen { recording }, now, now, id).await
}

/// Takes up recordings that were made before anybody read text here, or whose reading was given up, some of them at a time.
pub async fn begin_older(resources: &Resources) -> Result<()> {
    let unread = resources.store.unread_screens(OLDER_AT_ONCE).await?;
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            for recording in unread {
                read_later(tx, resources, recording).await?;
            }
            Ok(())
        })
        .await
}

/// What was read of a recording, for its owner.
pub async fn of(
    resources: &Resources,
    recording: &Allowed<Change>,
) -> std::result::Result<Option<ScreenText>, StoreError> {
    resources.store.screen_text(recording.id).await
}

/// What was read goes at once, and nothing is read any more; or it is read anew, where somebody reads text (`reads`).
pub async fn switch(
    resources: &Resources,
    recording: &Allowed<Change>,
    on: bool,
    reads: bool,
) -> std::result::Result<(), GateError> {
    let (id, now) = (recording.id, resources.now());
    resources
        .store
        .write(async |tx: &mut Tx| -> std::result::Result<(), GateError> {
            gate::held_again(tx, recording, now).await?;
            let known = screen_texts::get(tx, id).await?;
            let is_off = known.is_some_and(|it| it.state == ScreenState::Off);
            match (on, is_off) {
                (false, false) => screen_texts::set(tx, id, &ScreenText::off()).await?,
                (true, true) => {
                    screen_texts::remove(tx, id).await?;
                    if reads {
                        read_later(tx, resources, id).await?;
                    }
                }
                (true, false) | (false, true) => {}
            }
            Ok(())
        })
        .await?;
    resources.notify.notify(id);
    Ok(())
}

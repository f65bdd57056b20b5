//! Which take is meant.

use aside_protocol::id::RecordingId;

use super::super::exit::Exit;
use super::super::failure::Failure;
use crate::spool::Spool;

/// A take by its whole id, or by the end of it where that is clear.
pub(super) fn find(spool: &Spool, text: &str) -> Result<RecordingId, Failure> {
    among(&spool.ids()?, text)
}

/// The same among those in the trash.
pub(super) fn find_trashed(spool: &Spool, text: &str) -> Result<RecordingId, Failure> {
    among(&spool.trashed_ids()?, text)
}

fn among(ids: &[RecordingId], text: &str) -> Result<RecordingId, Failure> {
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

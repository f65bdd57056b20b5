//! Who is to be told of an event: rows of `outbound_events` and `deliveries`, written with their cause.

use std::collections::BTreeSet;

use aside_protocol::id::{RecordingId, UserId};

use super::reader::reader;
use super::work::ask;
use crate::domain::access::{Seen, Watch, allow};
use crate::domain::comment::Comment;
use crate::domain::outbound::{DeliveryId, Event, EventId, EventKind, Places};
use crate::resources::Resources;
use crate::store::outbound::{Listening, deliveries, listening};
use crate::store::{Result, Tx};

/// Most destinations that are told of one event.
const MAX_DESTINATIONS: usize = 500;

/// What happened.
#[derive(Debug, Clone, Copy)]
pub struct Happened<'h> {
    pub kind: EventKind,
    pub recording: RecordingId,
    pub comment: Option<&'h Comment>,
    /// Whose deed it was.
    pub by: Option<UserId>,
}

/// Queues it for every destination whose rule names it and whose person may see it. `told`: those whose inbox it came into.
pub async fn queue(
    tx: &mut Tx,
    resources: &Resources,
    happened: &Happened<'_>,
    told: &BTreeSet<UserId>,
) -> Result<()> {
    let found = listening(tx, happened.kind, happened.recording).await?;
    if found.is_empty() {
        return Ok(());
    }
    let now = resources.now();
    let Some(recording) = tx.recording(happened.recording).await? else {
        return Ok(());
    };
    let mut to: Vec<Listening> = Vec::new();
    for one in found {
        let viewer = reader(one.owner);
        let seen = Seen {
            recording: recording.clone(),
            named: one.named,
            present: true,
            password: None,
        };
        let concerned = match (one.places, one.owner) {
            (Places::Inbox, Some(owner)) => told.contains(&owner),
            (Places::Inbox, None) => false,
            (Places::All | Places::Mine | Places::Chosen, _) => true,
        };
        // Who asks to see a recording is a matter of its owner.
        let theirs =
            happened.kind != EventKind::AccessRequested || one.owner == Some(recording.owner);
        let readable = happened.comment.is_none_or(|it| it.read_by(&viewer));
        if concerned && theirs && readable && allow::<Watch>(&viewer, seen, now).is_ok() {
            if to.len() == MAX_DESTINATIONS {
                tracing::warn!(recording.id = %happened.recording, "more than {MAX_DESTINATIONS} destinations are to be told of one event: the rest is not");
                break;
            }
            to.push(one);
        }
    }
    if to.is_empty() {
        return Ok(());
    }
    let event = Event {
        id: EventId::new(now, resources.id_entropy()),
        kind: happened.kind,
        recording: Some(happened.recording),
        comment: happened.comment.map(|it| it.id),
        actor: happened.by,
        at: now,
    };
    deliveries::insert_event(tx, &event).await?;
    for one in to {
        let id = DeliveryId::new(now, resources.id_entropy());
        deliveries::insert(tx, id, one.id, event.id, now).await?;
        ask(tx, resources, one.id, one.failures, one.held_until).await?;
    }
    Ok(())
}

//! Somebody's calendar of due dates: what is in it is asked with their rights whenever it is read.

use aside_protocol::id::{RecordingId, UserId};
use jiff::tz::TimeZone;

use crate::domain::access::{Viewer, Watch, allow};
use crate::domain::calendar::{Address, Entry, calendar};
use crate::domain::markdown::excerpt;
use crate::domain::outbound::message::cut;
use crate::resources::Resources;
use crate::service::media_link::MediaKeys;
use crate::store::outbound::calendars;
use crate::store::{Result, Tx};

/// Characters of a comment that a calendar shows.
const WORDS: usize = 500;

/// The last piece of the address of somebody's calendar; none: they have none.
pub async fn address(
    resources: &Resources,
    keys: &MediaKeys,
    user: UserId,
) -> Result<Option<String>> {
    let number = resources.store.calendar_number(user).await?;
    let key = keys.get(resources).await?;
    Ok(number.map(|number| Address { user, number }.sign(key)))
}

/// Another address; those before end at once.
pub async fn renew(resources: &Resources, keys: &MediaKeys, user: UserId) -> Result<String> {
    let number = resources
        .store
        .write(async |tx: &mut Tx| calendars::renew(tx, user).await)
        .await?;
    Ok(Address { user, number }.sign(keys.get(resources).await?))
}

/// No address any more.
pub async fn end(resources: &Resources, user: UserId) -> Result<()> {
    resources
        .store
        .write(async |tx: &mut Tx| calendars::end(tx, user).await)
        .await
}

/// What stands under an address; none: it counts no more. `server`: what links begin with.
pub async fn read(
    resources: &Resources,
    keys: &MediaKeys,
    address: &str,
    server: &str,
) -> Result<Option<String>> {
    let (store, now) = (&resources.store, resources.now());
    let Some(Address { user, number }) = Address::verify(address, keys.get(resources).await?)
    else {
        return Ok(None);
    };
    let current = store.calendar_number(user).await? == Some(number);
    let person = store.user(user).await?;
    let Some(person) = person.filter(|_| current) else {
        return Ok(None);
    };
    if store.is_deactivated(user).await? {
        return Ok(None);
    }
    let viewer = Viewer::from(&person);
    let (_, zone) = store.notice_settings(user).await?;
    let zone = zone.and_then(|name| TimeZone::get(&name).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let host = server.split_once("://").map_or(server, |(_, host)| host);
    let mut entries = Vec::new();

    let ids = store.due_threads(user).await?;
    let mut threads = match ids.is_empty() {
        true => Vec::new(),
        false => store.comments_by_id(&ids).await?,
    };
    threads.sort_by_key(|it| (it.recording.0, it.id.0));
    let mut last: Option<(RecordingId, Option<(String, String)>)> = None;
    for thread in threads {
        if last.as_ref().is_none_or(|(id, _)| *id != thread.recording) {
            let seen = store.recording_seen(thread.recording, Some(user)).await?;
            let seen = seen.and_then(|it| allow::<Watch>(&viewer, it, now).ok());
            let shown = seen.map(|it| (it.title.clone(), it.slug.to_string()));
            last = Some((thread.recording, shown));
        }
        let Some((_, Some((title, slug)))) = &last else {
            continue;
        };
        let due = thread.assignment.as_ref().and_then(|it| it.due);
        let Some(day) = due.filter(|_| thread.read_by(&viewer)) else {
            continue;
        };
        let words = excerpt(&thread.words(&viewer), WORDS);
        entries.push(Entry {
            uid: format!("thread-{}@{host}", thread.id),
            day,
            summary: format!("{}: {}", named(title), cut(&words, 80)),
            description: words,
            url: format!("{server}/w/{slug}?t={}", thread.at_ms / 1000),
            sequence: thread.version,
            changed: thread.edited_at.unwrap_or(thread.created_at),
        });
    }
    for unseen in store.unseen(user).await? {
        let Some(due) = unseen.due_at.filter(|_| unseen.required) else {
            continue;
        };
        let Ok(recording) = allow::<Watch>(&viewer, unseen.seen, now) else {
            continue;
        };
        let Ok(at) = jiff::Timestamp::from_microsecond(due.micros()) else {
            continue;
        };
        entries.push(Entry {
            uid: format!("watch-{}@{host}", recording.id),
            day: at.to_zoned_datetime(zone.clone()).date(),
            summary: format!("Watch: {}", named(&recording.title)),
            description: format!("{} asks you to watch this.", unseen.owner_name),
            url: format!("{server}/w/{}", recording.slug),
            sequence: recording.version,
            changed: recording.created_at,
        });
    }
    entries.sort_by(|one, other| (one.day, &one.uid).cmp(&(other.day, &other.uid)));
    Ok(Some(calendar(&entries)))
}

fn named(title: &str) -> &str {
    if title.is_empty() {
        "A recording"
    } else {
        title
    }
}

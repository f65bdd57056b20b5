//! What is mailed to a person: chosen when it is sent, by the rights, the settings and the inbox as they are then.

use aside_protocol::id::{NoticeId, RecordingId, UserId};
use sha2::{Digest as _, Sha256};

use super::inbox::{Shown, shown};
use crate::domain::access::Viewer;
use crate::domain::account::User;
use crate::domain::notice::Kind;
use crate::domain::notice_mail::{Item, MAX_LISTED, MAX_PICTURES, NoticeLetter};
use crate::domain::notice_settings::{NoticeSettings, Pace, Way};
use crate::domain::unsubscribe::Unsubscribe;
use crate::objects::ObjectKey;
use crate::resources::Resources;
use crate::service::mail::Mailer;
use crate::service::media_link::MediaKeys;
use crate::service::reply_keys;
use crate::store::Result;
use crate::store::outbox::{Channel, DueRow};

/// What to send next to a person.
#[derive(Debug, Clone)]
pub struct NextMail {
    /// All that it settles, sent or not.
    pub rows: Vec<NoticeId>,
    /// None: nothing of it is to be sent (any more).
    pub letter: Option<NoticeLetter>,
}

/// The mail that is due first; none where none is due.
pub async fn next_mail(
    resources: &Resources,
    mailer: &Mailer,
    keys: &MediaKeys,
    user: UserId,
) -> Result<Option<NextMail>> {
    let Some((first, rows)) = next_rows(resources, user, Channel::Mail).await? else {
        return Ok(None);
    };
    let letter = letter(resources, mailer, keys, user, &first, &rows).await?;
    Ok(Some(NextMail { rows, letter }))
}

/// The row that is due first by this way, and all that go in one message with it.
pub(super) async fn next_rows(
    resources: &Resources,
    user: UserId,
    channel: Channel,
) -> Result<Option<(DueRow, Vec<NoticeId>)>> {
    let (store, now) = (&resources.store, resources.now());
    let Some(first) = store.first_due(user, channel, now).await? else {
        return Ok(None);
    };
    let rows = if first.due.together {
        store.due_together(user, channel, first.due.at).await?
    } else {
        vec![first.notice]
    };
    Ok(Some((first, rows)))
}

/// What of these is still to be told: neither seen meanwhile nor unwanted, and what the person may know now.
pub(super) async fn chosen(
    resources: &Resources,
    person: &User,
    way: Way,
    rows: &[NoticeId],
) -> Result<Vec<Shown>> {
    let (store, now) = (&resources.store, resources.now());
    let (settings, _) = store.notice_settings(person.id).await?;
    let viewer = Viewer::from(person);
    let mut chosen: Vec<Shown> = Vec::new();
    for told in store.notices_of(rows).await? {
        let wanted = told.notice.read_at.is_none()
            && told.notice.done_at.is_none()
            && told.notice.shown_at <= now
            && settings.pace(way, told.notice.kind) != Pace::Never;
        if wanted {
            chosen.extend(shown(told, &viewer, now));
        }
    }
    Ok(chosen)
}

/// The same for what is due for the same person at the same instant.
pub(super) fn together_id(user: UserId, first: &DueRow) -> [u8; 16] {
    let digest = Sha256::digest(format!("{user} {}", first.due.at.micros()));
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id
}

async fn letter(
    resources: &Resources,
    mailer: &Mailer,
    keys: &MediaKeys,
    user: UserId,
    first: &DueRow,
    rows: &[NoticeId],
) -> Result<Option<NoticeLetter>> {
    let Some(person) = reachable(resources, user).await? else {
        return Ok(None);
    };
    let mut chosen = chosen(resources, &person, Way::Mail, rows).await?;
    if chosen.is_empty() {
        return Ok(None);
    }
    let left_out = chosen.len().saturating_sub(MAX_LISTED);
    chosen.truncate(MAX_LISTED);
    let kind = chosen.first().map(|it| it.notice.kind);
    let off = Unsubscribe {
        user,
        kind: kind.filter(|_| !first.due.together),
    };
    let off = off.sign(keys.get(resources).await?);
    let reply_to = match (mailer.answers(), one_thread(&chosen)) {
        (Some(address), Some(notice)) => {
            Some(reply_keys::address_of(resources, address, notice).await?)
        }
        _ => None,
    };
    let thread = match &chosen[..] {
        [one] if !first.due.together => one.thread,
        _ => None,
    };
    let (shown, pictures) = pictures(resources, &chosen).await;
    let items = chosen.into_iter().zip(shown);
    let items = items.map(|(it, picture)| item(mailer, it, picture));
    Ok(Some(NoticeLetter {
        to: person.email,
        language: resources.store.language_of(user).await?,
        id: if first.due.together {
            format!("digest.{}", hex::encode(together_id(user, first)))
        } else {
            format!("notice.{}", first.notice)
        },
        thread,
        reply_to,
        items: items.collect(),
        pictures,
        left_out,
        off: mailer.link(&format!("/unsubscribe/{off}")),
        settings: mailer.link("/settings#notices"),
    }))
}

/// The first notice, where all of them are about one thread.
fn one_thread(chosen: &[Shown]) -> Option<NoticeId> {
    let (first, rest) = chosen.split_first()?;
    let thread = first.thread?;
    let same = rest.iter().all(|it| it.thread == Some(thread));
    same.then_some(first.notice.id)
}

/// The person, where mails reach them.
async fn reachable(resources: &Resources, user: UserId) -> Result<Option<User>> {
    let store = &resources.store;
    let person = store.user(user).await?;
    let counts = store.has_proved_mail(user).await? && !store.is_deactivated(user).await?;
    Ok(person.filter(|_| counts))
}

/// Which picture shows each notice, and the pictures, a recording's once. Where one cannot be read the mail goes without.
async fn pictures(resources: &Resources, chosen: &[Shown]) -> (Vec<Option<usize>>, Vec<Vec<u8>>) {
    let mut found: Vec<(RecordingId, Option<usize>)> = Vec::new();
    let mut pictures = Vec::new();
    let mut shown = Vec::with_capacity(chosen.len());
    for it in chosen {
        let recording = &it.recording;
        let known = found.iter().find(|(id, _)| *id == recording.id);
        let number = match known {
            Some((_, number)) => *number,
            None => {
                let path = recording.thumbnail_key.as_deref();
                let key = path.and_then(ObjectKey::from_path);
                let bytes = match key.filter(|_| pictures.len() < MAX_PICTURES) {
                    Some(key) => resources.objects.get(&key).await.ok(),
                    None => None,
                };
                let number = bytes.map(|bytes| {
                    pictures.push(bytes.to_vec());
                    pictures.len() - 1
                });
                found.push((recording.id, number));
                number
            }
        };
        shown.push(number);
    }
    (shown, pictures)
}

fn item(mailer: &Mailer, shown: Shown, picture: Option<usize>) -> Item {
    let url = mailer.link(&path_of(&shown));
    item_at(shown, url, picture)
}

/// The page of a notice, at its moment and its comment.
pub(super) fn path_of(shown: &Shown) -> String {
    let at_ms = shown.comment.as_ref().map(|it| it.at_ms);
    let seconds = at_ms.map_or(0, |ms| ms / 1000);
    let slug = &shown.recording.slug;
    match (shown.notice.kind, shown.notice.comment) {
        (Kind::Asked, _) => "/inbox".to_owned(),
        (Kind::Stopped, _) => "/integrations".to_owned(),
        (_, Some(comment)) if seconds > 0 => format!("/w/{slug}?t={seconds}&c={comment}"),
        (_, Some(comment)) => format!("/w/{slug}?c={comment}"),
        (_, None) => format!("/w/{slug}"),
    }
}

pub(super) fn item_at(shown: Shown, url: String, picture: Option<usize>) -> Item {
    let at_ms = shown.comment.as_ref().map(|it| it.at_ms);
    Item {
        kind: shown.notice.kind,
        by: shown.by.map(|(_, name)| name).unwrap_or_default(),
        title: shown.recording.title,
        words: shown
            .comment
            .map(|it| it.text)
            .or(shown.message)
            .unwrap_or_default(),
        at_ms,
        url,
        picture,
    }
}

/// What a mail's address turns off.
pub async fn turned_off(
    resources: &Resources,
    keys: &MediaKeys,
    token: &str,
) -> Result<Option<Unsubscribe>> {
    let of = Unsubscribe::verify(token, keys.get(resources).await?);
    let Some(of) = of else {
        return Ok(None);
    };
    let there = resources.store.user(of.user).await?.is_some();
    Ok(Some(of).filter(|_| there))
}

/// Turns mails of that kind off, or all of them; or on again, as they are for who has said nothing.
pub async fn turn(resources: &Resources, of: &Unsubscribe, off: bool) -> Result<()> {
    let (mut settings, _) = resources.store.notice_settings(of.user).await?;
    let kinds = of.kind.map_or_else(|| Kind::ALL.to_vec(), |it| vec![it]);
    for kind in kinds {
        if off {
            let kind = kind.as_str().to_owned();
            settings.kinds.insert(kind, Pace::Never);
        } else {
            settings.kinds.remove(kind.as_str());
        }
    }
    set(resources, of.user, &settings).await
}

async fn set(resources: &Resources, user: UserId, settings: &NoticeSettings) -> Result<()> {
    super::settings::apply(resources, user, settings).await
}

//! What a person is told in one browser: chosen when it is sent, by the rights, the settings and the inbox as they are then.

use aside_protocol::id::NoticeId;

use super::send::{chosen, item_at, next_rows, path_of, together_id};
use crate::domain::notice_mail::MAX_LISTED;
use crate::domain::notice_settings::Way;
use crate::domain::push::PushSubscription;
use crate::domain::push::message::{MAX_CLOSED, PushMessage};
use crate::resources::Resources;
use crate::store::Result;
use crate::store::outbox::Channel;

/// What to send next to a browser.
#[derive(Debug, Clone)]
pub struct NextPush {
    /// All that it settles, sent or not.
    pub rows: Vec<NoticeId>,
    /// None: nothing of it is to be sent (any more).
    pub message: Option<PushMessage>,
    /// What the message tells of.
    pub shown: Vec<NoticeId>,
    /// Tags of notifications that it takes back.
    pub closed: Vec<String>,
}

/// The message that is due first; none where none is due.
pub async fn next_push(
    resources: &Resources,
    browser: &PushSubscription,
) -> Result<Option<NextPush>> {
    let (store, user) = (&resources.store, browser.user);
    let channel = Channel::Push(browser.id);
    let Some((first, rows)) = next_rows(resources, user, channel).await? else {
        return Ok(None);
    };
    let person = store.user(user).await?;
    let person = match person {
        Some(person) if !store.is_deactivated(user).await? => person,
        _ => {
            return Ok(Some(NextPush {
                rows,
                message: None,
                shown: Vec::new(),
                closed: Vec::new(),
            }));
        }
    };
    let mut chosen = chosen(resources, &person, Way::Push, &rows).await?;
    let shown = chosen.iter().map(|it| it.notice.id).collect();
    let left_out = chosen.len().saturating_sub(MAX_LISTED);
    chosen.truncate(MAX_LISTED);
    let notice = chosen.first().map(|it| it.notice.id);
    let items = chosen.into_iter().map(|it| {
        let url = path_of(&it);
        item_at(it, url, None)
    });
    let items: Vec<_> = items.collect();
    let language = store.language_of(user).await?;
    let mut message = match (&items[..], notice) {
        ([one], Some(notice)) => Some(PushMessage::one(notice, one, language)),
        ([], _) | (_, None) => None,
        (many, _) => {
            let id = NoticeId(uuid::Uuid::from_bytes(together_id(user, &first)));
            Some(PushMessage::many(id, many, left_out, language))
        }
    };
    // It is shown anyway: what was read meanwhile goes along with it.
    let mut closed = Vec::new();
    if let Some(message) = &mut message {
        let now = resources.now();
        closed = store.shown_and_read(browser.id, now, MAX_CLOSED).await?;
        closed.retain(|it| *it != message.tag);
        message.close.clone_from(&closed);
    }
    Ok(Some(NextPush {
        rows,
        message,
        shown,
        closed,
    }))
}

//! What somebody's inbox shows, and what they do with it. Rights are asked when it is read.

use std::time::Duration;

use aside_protocol::id::{CommentId, JobId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use crate::domain::access::{Viewer, Watch, allow};
use crate::domain::comment::Comment;
use crate::domain::job::Job;
use crate::domain::markdown::excerpt;
use crate::domain::mention::{SOMEBODY, plain};
use crate::domain::notice::{Kind, Notice, Part};
use crate::domain::notice_settings::{Later, later, zone_of};
use crate::domain::recording::Recording;
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::store::notices::{self, Marks};
use crate::store::notices_read::Told;
use crate::store::{Result, Tx, jobs, push_shown};

/// A notice as its person may see it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub notice: Notice,
    pub recording: Recording,
    pub owner_name: String,
    /// Who did it, by the name that is known; none: nobody whose name is known any more.
    pub by: Option<(Option<UserId>, String)>,
    pub comment: Option<ShownComment>,
    /// The thread that it belongs to.
    pub thread: Option<CommentId>,
    /// What somebody said who asks for access.
    pub message: Option<String>,
}

/// The comment that a notice is about.
#[derive(Debug, Clone)]
pub struct ShownComment {
    pub at_ms: u64,
    /// Plain text.
    pub text: String,
}

/// A page of an inbox.
#[derive(Debug, Clone)]
pub struct Page {
    pub shown: Vec<Shown>,
    /// Behind which notice the next one begins.
    pub next: Option<NoticeId>,
}

/// Characters of a comment that are shown.
const EXCERPT: usize = 280;

/// So many unread notices are counted; whoever has more sees that they have more.
pub const MAX_COUNTED: usize = 99;

/// A part of a person's inbox, the newest first: at most `limit`, behind `after`.
pub async fn list(
    resources: &Resources,
    member: &Member,
    part: Part,
    after: Option<NoticeId>,
    limit: u32,
) -> Result<Page> {
    let (store, now) = (&resources.store, resources.now());
    let mut found = store
        .notices(member.user.id, part, after, limit + 1, now)
        .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|it| it.notice.id);
    let viewer = member.viewer();
    let shown = found.into_iter().filter_map(|it| shown(it, &viewer, now));
    Ok(Page {
        shown: shown.collect(),
        next,
    })
}

/// How many notices are unread; counted up to one more than [`MAX_COUNTED`].
pub async fn count(resources: &Resources, viewer: &Viewer, user: UserId) -> Result<usize> {
    let now = resources.now();
    let limit = u32::try_from(MAX_COUNTED + 1).unwrap_or(u32::MAX);
    let found = resources.store.unread_notices(user, limit, now).await?;
    let seen = found.into_iter().filter_map(|it| shown(it, viewer, now));
    Ok(seen.count())
}

/// When the number of unread notices changes by itself.
pub async fn next_change(resources: &Resources, user: UserId) -> Result<Option<Timestamp>> {
    resources.store.next_put_off(user, resources.now()).await
}

/// What a notice shows to its person now; none where they may not see it (any more), or where there is nothing left of it.
pub(crate) fn shown(told: Told, viewer: &Viewer, now: Timestamp) -> Option<Shown> {
    let Told {
        notice,
        user: _,
        seen,
        owner_name,
        comment,
        by,
        message,
    } = told;
    let recording = allow::<Watch>(viewer, seen, now).ok()?.into_recording();
    let about_comment = notice.comment.is_some();
    let comment = comment.filter(|it| it.deleted_at.is_none() && it.read_by(viewer));
    if about_comment && comment.is_none() {
        return None;
    }
    // A question that was answered has no row any more, and its notice is done.
    let by = match (&comment, notice.kind) {
        (Some(comment), kind) if kind != Kind::Resolved && kind != Kind::Assigned => {
            let member = by.map(|(id, _)| id);
            Some((member, comment.author_name.clone()))
        }
        (Some(comment), Kind::Resolved) if by.is_none() => {
            comment.resolved_by.clone().map(|name| (None, name))
        }
        _ => by.map(|(id, name)| (Some(id), name)),
    };
    let thread = comment.as_ref().map(Comment::thread);
    let comment = comment.map(|it| ShownComment {
        at_ms: it.at_ms,
        text: excerpt(&words(&it), EXCERPT),
    });
    Some(Shown {
        notice,
        recording,
        owner_name,
        by,
        comment,
        thread,
        message,
    })
}

/// Its words with the names of whom it mentions; the names of its files where it has none.
fn words(comment: &Comment) -> String {
    if comment.body.is_empty() {
        return comment.file_names();
    }
    plain(&comment.body, |who| {
        let mention = comment.mentions.iter().find(|it| it.who == who);
        let name = mention.and_then(|it| it.name.clone());
        name.unwrap_or_else(|| SOMEBODY.to_owned())
    })
}

/// What is to become of notices; none: it stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    pub read: Option<bool>,
    pub done: Option<bool>,
    /// Put off; none inside: not any more.
    pub later: Option<Option<Later>>,
}

/// Changes notices of a person, in a time zone that counts where their profile names none. Answers until when they were put off.
pub async fn change(
    resources: &Resources,
    member: &Member,
    ids: &[NoticeId],
    wish: Wish,
    zone: Option<&str>,
) -> Result<Option<Timestamp>> {
    let (now, user) = (resources.now(), member.user.id);
    let (settings, own_zone) = resources.store.notice_settings(user).await?;
    let zone = zone_of(own_zone.as_deref().or(zone).or(settings.zone.as_deref()));
    let shown_at = wish.later.map(|it| it.and_then(|it| later(it, &zone, now)));
    let put_off = shown_at.flatten();
    let marks = Marks {
        // What comes back is new again.
        read: if put_off.is_some() {
            Some(false)
        } else {
            wish.read
        },
        done: wish.done,
        shown_at,
    };
    resources
        .store
        .write(async |tx: &mut Tx| -> Result<()> {
            for id in ids {
                notices::mark(tx, user, *id, &marks, now).await?;
            }
            take_back(tx, resources, user).await
        })
        .await?;
    resources.notify.notify_person(user);
    Ok(put_off)
}

/// Everything that a person's inbox shows is read.
pub async fn mark_all_read(resources: &Resources, member: &Member) -> Result<()> {
    read_all(resources, member.user.id, None).await
}

/// A person looked at a recording: what was told of its comments is read.
pub async fn seen(resources: &Resources, user: UserId, recording: RecordingId) -> Result<()> {
    read_all(resources, user, Some(recording)).await
}

/// The same behind an answer that shows the comments: nobody waits for it.
pub fn seen_behind(resources: &Resources, user: UserId, recording: RecordingId) {
    let resources = resources.clone();
    tokio::spawn(async move {
        let done = match resources.store.has_unread(user, recording).await {
            Ok(true) => seen(&resources, user, recording).await,
            Ok(false) => Ok(()),
            Err(cause) => Err(cause),
        };
        if let Err(cause) = done {
            tracing::warn!(%cause, "it was not noted that notices were seen: {cause}");
        }
    });
}

async fn read_all(
    resources: &Resources,
    user: UserId,
    recording: Option<RecordingId>,
) -> Result<()> {
    let now = resources.now();
    let any = resources
        .store
        .write(async |tx: &mut Tx| -> Result<bool> {
            let any = notices::mark_seen(tx, user, recording, now).await?;
            if any {
                take_back(tx, resources, user).await?;
            }
            Ok(any)
        })
        .await?;
    if any {
        resources.notify.notify_person(user);
    }
    Ok(())
}

/// Who reads one thing reads another: browsers take back what they show of it a little later, all of it at once.
const TAKEN_BACK_AFTER: Duration = Duration::from_secs(60);

/// Queues the jobs that take back what browsers of a person show and was read.
async fn take_back(tx: &mut Tx, resources: &Resources, user: UserId) -> Result<()> {
    let now = resources.now();
    for browser in push_shown::with_read(tx, user, now).await? {
        let (id, at) = (
            JobId::new(now, resources.id_entropy()),
            now.plus(TAKEN_BACK_AFTER),
        );
        jobs::enqueue(tx, &Job::SendPushes { browser }, at, now, id).await?;
    }
    Ok(())
}

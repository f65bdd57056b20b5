//! Who is told: rows of `notices` and of `outbox`; and of what destinations are told (`service/outbound`).

use std::collections::{BTreeMap, BTreeSet};

use aside_protocol::id::{AccessRequestId, JobId, NoticeId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use crate::domain::access::Viewer;
use crate::domain::account::Role;
use crate::domain::comment::Comment;
use crate::domain::job::Job;
use crate::domain::notice::{Key, Kind};
use crate::domain::notice_settings::Way;
use crate::domain::outbound::{DestinationId, EventKind};
use crate::domain::push::SubscriptionId;
use crate::domain::sharing::Grantee;
use crate::resources::Resources;
use crate::service::outbound::queue::{Happened, queue};
use crate::store::concerned::{self, Candidate};
use crate::store::notices::{self, NewNotice};
use crate::store::outbox::Channel;
use crate::store::{Result, Tx, jobs, outbox, push_subscriptions};

/// Most people who are told of one cause.
const MAX_TOLD: usize = 2_000;

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'c> {
    /// A comment was written. `mentioned` are the people who are named in it (those of a group, too), `assigned` is whom the
    /// thread is given to by it.
    Commented {
        comment: &'c Comment,
        mentioned: &'c [UserId],
        assigned: Option<UserId>,
    },
    /// Other words for a comment: whoever is named only now is told.
    Edited {
        comment: &'c Comment,
        mentioned: &'c [UserId],
    },
    /// A thread was given to somebody, as it is after that.
    Assigned { thread: &'c Comment, to: UserId },
    /// A thread is done, as it is after that.
    Resolved { thread: &'c Comment },
    /// Somebody asks to see a recording.
    Asked {
        recording: RecordingId,
        owner: UserId,
        request: AccessRequestId,
    },
    /// A recording was shared with somebody by name.
    Shared {
        recording: RecordingId,
        with: &'c Grantee,
    },
    /// A recording was given to somebody.
    Given { recording: RecordingId, to: UserId },
    /// Somebody recorded something for others.
    Published { recording: RecordingId },
    /// Somebody is asked to watch a recording.
    Required { recording: RecordingId, who: UserId },
    /// Somebody was asked to watch a recording and has not.
    Reminder { recording: RecordingId, to: UserId },
    /// A recording has ended, and all of it is here.
    Finished { recording: RecordingId },
    /// The words of a recording are known.
    Transcribed { recording: RecordingId },
    /// A thread that was done is open again, as it is after that.
    Reopened { thread: &'c Comment },
    /// Nothing is sent to a destination any more, because it does not work; this recording was told of last.
    Stopped {
        recording: RecordingId,
        who: UserId,
        destination: DestinationId,
    },
}

impl<'c> Cause<'c> {
    /// The event that destinations are told of.
    const fn event(self, by: Option<UserId>) -> Option<Happened<'c>> {
        let (kind, recording, comment) = match self {
            Self::Commented { comment, .. } => {
                (EventKind::CommentCreated, comment.recording, Some(comment))
            }
            Self::Edited { comment, .. } => {
                (EventKind::CommentEdited, comment.recording, Some(comment))
            }
            Self::Assigned { thread, .. } => {
                (EventKind::CommentAssigned, thread.recording, Some(thread))
            }
            Self::Resolved { thread } => {
                (EventKind::CommentResolved, thread.recording, Some(thread))
            }
            Self::Reopened { thread } => {
                (EventKind::CommentReopened, thread.recording, Some(thread))
            }
            Self::Asked { recording, .. } => (EventKind::AccessRequested, recording, None),
            Self::Finished { recording } => (EventKind::RecordingFinished, recording, None),
            Self::Transcribed { recording } => (EventKind::RecordingTranscribed, recording, None),
            Self::Shared { .. }
            | Self::Given { .. }
            | Self::Published { .. }
            | Self::Required { .. }
            | Self::Reminder { .. }
            | Self::Stopped { .. } => return None,
        };
        Some(Happened {
            kind,
            recording,
            comment,
            by,
        })
    }
}

/// Who was told. Say so to their open pages after the commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "open pages of these people are to be woken after the commit"]
pub struct Told(BTreeSet<UserId>);

impl Told {
    pub fn wake(&self, resources: &Resources) {
        for person in &self.0 {
            resources.notify.notify_person(*person);
        }
    }

    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// Writes the rows of a cause, in the transaction that writes it, before its event. `by` is whose deed it is: they are never told
/// of it.
pub async fn tell(
    tx: &mut Tx,
    resources: &Resources,
    by: Option<UserId>,
    cause: Cause<'_>,
) -> Result<Told> {
    let now = resources.now();
    let event = cause.event(by);
    let mut writer = Writer {
        tx: &mut *tx,
        resources,
        by,
        now,
        told: BTreeSet::new(),
        due: BTreeMap::new(),
        pushes: BTreeMap::new(),
    };
    match cause {
        Cause::Commented {
            comment,
            mentioned,
            assigned,
        } => writer.commented(comment, mentioned, assigned).await?,
        Cause::Edited { comment, mentioned } => writer.named(comment, mentioned, None).await?,
        Cause::Assigned { thread, to } => {
            let key = Key::Assigned(thread.id, thread.version);
            let found = writer.candidate(to, thread.recording, Some(thread)).await?;
            if let Some(found) = found {
                writer
                    .write(&found, Kind::Assigned, key, thread.recording, Some(thread))
                    .await?;
            }
        }
        Cause::Resolved { thread } => {
            let key = Key::Resolved(thread.id, thread.version);
            let all = concerned::concerned(writer.tx, thread.recording, thread.id, by).await?;
            for found in all {
                if let Some(kind) = found.standing.of_resolved() {
                    writer
                        .write(&found, kind, key, thread.recording, Some(thread))
                        .await?;
                }
            }
        }
        Cause::Asked {
            recording,
            owner,
            request,
        } => {
            let of = (Kind::Asked, Key::Asked(request));
            writer.to(&[owner], recording, of).await?;
        }
        Cause::Shared { recording, with } => {
            let people = match with {
                Grantee::Person(user) => vec![*user],
                Grantee::Mail(email) => {
                    let found = concerned::by_mail(writer.tx, email).await?;
                    found.into_iter().collect()
                }
                Grantee::Group(group) => concerned::group_members(writer.tx, group.0).await?,
            };
            let of = (Kind::Shared, Key::Shared(recording));
            writer.to(&people, recording, of).await?;
        }
        Cause::Given { recording, to } => {
            let of = (Kind::Given, Key::Given(recording, to));
            writer.to(&[to], recording, of).await?;
        }
        Cause::Published { recording } => {
            if let Some(by) = by {
                let people = concerned::followers(writer.tx, by).await?;
                let of = (Kind::Published, Key::Published(recording));
                writer.to(&people, recording, of).await?;
            }
        }
        Cause::Required { recording, who } => {
            let of = (Kind::Required, Key::Required(recording));
            writer.to(&[who], recording, of).await?;
        }
        Cause::Reminder { recording, to } => {
            let of = (Kind::Reminder, Key::Reminder(recording));
            writer.to(&[to], recording, of).await?;
        }
        Cause::Stopped {
            recording,
            who,
            destination,
        } => {
            let of = (Kind::Stopped, Key::Stopped(destination, now));
            writer.to(&[who], recording, of).await?;
        }
        Cause::Finished { .. } | Cause::Transcribed { .. } | Cause::Reopened { .. } => {}
    }
    let told = writer.queue().await?;
    if let Some(event) = event {
        queue(tx, resources, &event, &told.0).await?;
    }
    Ok(told)
}

/// What a cause asked for was done, by whomever.
pub async fn settle(tx: &mut Tx, key: Key, now: Timestamp) -> Result<Told> {
    let people = notices::settle(tx, &key.text(), now).await?;
    Ok(Told(people.into_iter().collect()))
}

struct Writer<'w> {
    tx: &'w mut Tx,
    resources: &'w Resources,
    by: Option<UserId>,
    now: Timestamp,
    told: BTreeSet<UserId>,
    /// When the first mail to somebody is due.
    due: BTreeMap<UserId, Timestamp>,
    /// When the first message to a browser is due.
    pushes: BTreeMap<SubscriptionId, Timestamp>,
}

impl Writer<'_> {
    async fn commented(
        &mut self,
        comment: &Comment,
        mentioned: &[UserId],
        assigned: Option<UserId>,
    ) -> Result<()> {
        self.named(comment, mentioned, assigned).await?;
        let key = Key::Comment(comment.id);
        let all =
            concerned::concerned(self.tx, comment.recording, comment.thread(), self.by).await?;
        for found in all {
            if self.told.contains(&found.user) {
                continue;
            }
            if let Some(kind) = found.standing.of_comment() {
                self.write(&found, kind, key, comment.recording, Some(comment))
                    .await?;
            }
        }
        Ok(())
    }

    /// Those who are meant by a comment alone.
    async fn named(
        &mut self,
        comment: &Comment,
        mentioned: &[UserId],
        assigned: Option<UserId>,
    ) -> Result<()> {
        let key = Key::Comment(comment.id);
        let all: BTreeSet<UserId> = mentioned.iter().copied().chain(assigned).collect();
        for user in all.into_iter().take(MAX_TOLD) {
            let found = self.candidate(user, comment.recording, Some(comment));
            let Some(mut found) = found.await? else {
                continue;
            };
            found.standing.mentioned = mentioned.contains(&user);
            found.standing.assigned = assigned == Some(user);
            // Their other reasons are looked at with everybody's.
            let kind = found.standing.of_comment();
            if let Some(kind @ (Kind::Mention | Kind::Assigned)) = kind {
                self.write(&found, kind, key, comment.recording, Some(comment))
                    .await?;
            }
        }
        Ok(())
    }

    /// None for whoever did it, and for who is not there.
    async fn candidate(
        &mut self,
        user: UserId,
        recording: RecordingId,
        comment: Option<&Comment>,
    ) -> Result<Option<Candidate>> {
        if self.by == Some(user) {
            return Ok(None);
        }
        let thread = comment.map(Comment::thread);
        concerned::candidate(self.tx, user, recording, thread, self.by).await
    }

    /// Tells people of a recording of whoever did it, but for those who muted them.
    async fn to(
        &mut self,
        people: &[UserId],
        recording: RecordingId,
        (kind, key): (Kind, Key),
    ) -> Result<()> {
        for &user in people.iter().take(MAX_TOLD) {
            let found = self.candidate(user, recording, None).await?;
            if let Some(found) = found.filter(|it| it.standing.hears_person()) {
                self.write(&found, kind, key, recording, None).await?;
            }
        }
        Ok(())
    }

    async fn write(
        &mut self,
        to: &Candidate,
        kind: Kind,
        key: Key,
        recording: RecordingId,
        comment: Option<&Comment>,
    ) -> Result<()> {
        // Everybody here has an account; which role it has is no matter of comments.
        let reader = Viewer::Member {
            id: to.user,
            role: Role::Viewer,
        };
        if comment.is_some_and(|it| !it.read_by(&reader)) {
            return Ok(());
        }
        let new = NewNotice {
            id: NoticeId::new(self.now, self.resources.id_entropy()),
            user: to.user,
            cause: key.text(),
            kind,
            recording,
            comment: comment.map(|it| it.id),
            by: self.by,
            now: self.now,
        };
        let becomes = matches!(kind, Kind::Mention | Kind::Assigned);
        let Some(id) = notices::add(self.tx, &new, becomes).await? else {
            return Ok(());
        };
        self.told.insert(to.user);
        let due = |way| to.settings.due(way, kind, to.zone.as_deref(), self.now);
        let mail = due(Way::Mail).filter(|_| to.has_mail && self.resources.mails);
        if let Some(due) = mail {
            outbox::add(self.tx, id, Channel::Mail, to.user, &due).await?;
            let first = self.due.entry(to.user).or_insert(due.at);
            *first = due.at.min(*first);
        }
        if let Some(due) = due(Way::Push).filter(|_| to.has_push) {
            for browser in push_subscriptions::of(self.tx, to.user).await? {
                outbox::add(self.tx, id, Channel::Push(browser), to.user, &due).await?;
                let first = self.pushes.entry(browser).or_insert(due.at);
                *first = due.at.min(*first);
            }
        }
        Ok(())
    }

    /// Queues the jobs, in the order in which everybody does: two that wait for each other's would be broken off.
    async fn queue(self) -> Result<Told> {
        for (user, at) in self.due {
            let id = JobId::new(self.now, self.resources.id_entropy());
            jobs::enqueue(self.tx, &Job::SendNotices { user }, at, self.now, id).await?;
        }
        for (browser, at) in self.pushes {
            let id = JobId::new(self.now, self.resources.id_entropy());
            jobs::enqueue(self.tx, &Job::SendPushes { browser }, at, self.now, id).await?;
        }
        Ok(Told(self.told))
    }
}

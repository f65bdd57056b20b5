//! What is sent next to a destination, with the rights of its person as they are then, and what became of it.

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;
use url::Url;

use super::issues::work::{Work, work};
use super::previews;
use super::reader::reader;
use super::work::ask;
use crate::domain::access::{Watch, allow};
use crate::domain::markdown::excerpt;
use crate::domain::outbound::message::{AboutComment, AboutRecording, Message};
use crate::domain::outbound::outgoing::{Outgoing, outgoing};
use crate::domain::outbound::retry::{self, Before, Outcome};
use crate::domain::outbound::{
    DeliveryState, Destination, DestinationId, Event, EventKind, Paused, Target, Way,
};
use crate::domain::sharing::Audience;
use crate::resources::Resources;
use crate::store::outbound::deliveries::{self, Attempt, Due, Stands};
use crate::store::outbound::story::Story;
use crate::store::outbound::{self as rows};
use crate::store::{Result, Tx};

/// Characters of a comment that a card may hold.
const WORDS: usize = 4000;

/// What there is to do.
#[derive(Debug)]
pub enum Step {
    /// Nothing before then; none: nothing at all.
    Wait(Option<Timestamp>),
    /// It is the matter of the other kind of job, from then on.
    HandOver(Timestamp),
    /// The first that is due is not to be sent (any more).
    Drop(Box<Sending>),
    Send(Box<Sending>, Box<Outgoing>),
    /// A tracker is asked one thing after the other.
    Issue(Box<Sending>, Box<Work>),
}

/// A delivery in hand.
#[derive(Debug)]
pub struct Sending {
    pub due: Due,
    pub destination: Destination,
}

impl Sending {
    pub const fn way(&self) -> Way {
        self.destination.target.way()
    }
}

/// The delivery that is due first. `again`: who asks looks after destinations that did not work.
pub async fn next(
    resources: &Resources,
    public: &Url,
    id: DestinationId,
    again: bool,
) -> Result<Step> {
    let (store, now) = (&resources.store, resources.now());
    let Some(destination) = store.destination(id).await? else {
        return Ok(Step::Wait(None));
    };
    if again != (destination.failures > 0) {
        return Ok(Step::HandOver(destination.held_until));
    }
    let paused = destination.paused.is_some();
    let held = destination.held_until > now && !paused;
    let due = match held {
        true => None,
        false => store.due_delivery(id, paused, now).await?,
    };
    let Some(due) = due else {
        let next = match paused {
            true => None,
            false => store.next_delivery(id).await?,
        };
        return Ok(Step::Wait(next.map(|at| at.max(destination.held_until))));
    };
    if let Some(tracker) = destination.target.tracker() {
        let work = work(resources, public, tracker, &due.event).await?;
        let sending = Box::new(Sending { due, destination });
        return Ok(match work {
            None => Step::Drop(sending),
            Some(work) => Step::Issue(sending, Box::new(work)),
        });
    }
    if let Target::SlackApp(app) = &destination.target {
        let answer = previews::answer(resources, public, app, &due.event).await?;
        let sending = Box::new(Sending { due, destination });
        return Ok(match answer {
            None => Step::Drop(sending),
            Some(request) => Step::Send(sending, Box::new(request)),
        });
    }
    let message = message(resources, public, destination.owner, &due.event).await?;
    let sending = Box::new(Sending { due, destination });
    Ok(match message {
        None => Step::Drop(sending),
        Some(message) => {
            let request = outgoing(&sending.destination.target, &message, now);
            Step::Send(sending, Box::new(request))
        }
    })
}

/// What is told of an event; none where its reader may not see it (any more), or where nothing is left of it.
async fn message(
    resources: &Resources,
    public: &Url,
    owner: Option<UserId>,
    event: &Event,
) -> Result<Option<Message>> {
    let (store, now) = (&resources.store, resources.now());
    let server = public.origin().ascii_serialization();
    if let Some(owner) = owner
        && store.is_deactivated(owner).await?
    {
        return Ok(None);
    }
    if event.kind == EventKind::Test {
        return Ok(Some(Message {
            event: *event,
            server,
            actor: None,
            recording: None,
            comment: None,
        }));
    }
    let Some(story) = store.story(event, owner).await? else {
        return Ok(None);
    };
    Ok(told(story, *event, owner, server, now))
}

fn told(
    story: Story,
    event: Event,
    owner: Option<UserId>,
    server: String,
    now: Timestamp,
) -> Option<Message> {
    let viewer = reader(owner);
    let recording = allow::<Watch>(&viewer, story.seen, now).ok()?;
    let comment = story
        .comment
        .filter(|it| it.deleted_at.is_none() && it.read_by(&viewer));
    if event.comment.is_some() != comment.is_some() {
        return None;
    }
    let sharing = &recording.sharing;
    let ended = sharing.ends_at.is_some_and(|end| end <= now);
    let public = sharing.audience == Audience::Link && sharing.password.is_none() && !ended;
    let resolved_by = comment.as_ref().and_then(|it| it.resolved_by.clone());
    let author = comment.as_ref().map(|it| it.author_name.clone());
    let actor = match event.kind {
        EventKind::CommentCreated | EventKind::CommentEdited => author,
        EventKind::CommentResolved => story.actor.or(resolved_by),
        _ => story.actor,
    };
    Some(Message {
        event,
        server,
        actor,
        comment: comment.map(|it| AboutComment {
            thread: it.thread(),
            at_ms: it.at_ms,
            end_ms: it.end_ms,
            text: it.words(&viewer),
            plain: excerpt(&it.words(&viewer), WORDS),
            assignee: it.assignment.as_ref().map(|it| it.name.clone()),
            due: it
                .assignment
                .as_ref()
                .and_then(|it| it.due)
                .map(|it| it.to_string()),
            resolved: it.resolved_at.is_some(),
            author: it.author_name,
        }),
        recording: Some(AboutRecording {
            slug: recording.slug.to_string(),
            title: recording.title.clone(),
            owner: story.owner,
            length_ms: story.length_ms,
            started_at: recording.started_at,
            public,
            has_picture: recording.poster_key.is_some(),
        }),
    })
}

/// Hands the destination over to the other kind of job.
pub async fn hand_over(
    tx: &mut Tx,
    resources: &Resources,
    id: DestinationId,
    again: bool,
    at: Timestamp,
) -> Result<()> {
    ask(tx, resources, id, u32::from(!again), at).await
}

/// A delivery that is not to be sent is ended; what it was about is not said.
pub async fn drop_it(tx: &mut Tx, sending: &Sending, now: Timestamp) -> Result<()> {
    let due = &sending.due;
    let attempt = Attempt {
        at: now,
        status: None,
        reason: Some("it may not be seen any more, or is gone".to_owned()),
        took_ms: 0,
        excerpt: String::new(),
    };
    deliveries::add_attempt(tx, due.id, due.attempts + 1, &attempt).await?;
    let ended = Stands {
        state: DeliveryState::Dropped,
        due_at: now,
        tries: due.tries,
        attempts: due.attempts + 1,
        ended_at: Some(now),
    };
    deliveries::set(tx, due.id, &ended).await
}

/// How a destination stands after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The next one may be sent.
    GoOn,
    /// The other kind of job looks after it from now on.
    HandedOver,
    /// Nothing is sent there any more: tell its person.
    Paused,
}

/// Writes down what an attempt came to. `chance`: any number, which spreads what failed together.
pub async fn settle(
    tx: &mut Tx,
    resources: &Resources,
    sending: &Sending,
    outcome: &Outcome,
    attempt: &Attempt,
    chance: u64,
) -> Result<Settled> {
    let (now, due, destination) = (resources.now(), &sending.due, &sending.destination);
    let number = due.attempts + 1;
    deliveries::add_attempt(tx, due.id, number, attempt).await?;
    let before = Before {
        tries: due.tries,
        since: due.since,
        failures: destination.failures,
    };
    let next = retry::next(outcome, before, now, chance);
    let paced = matches!(outcome, Outcome::NotNow { paced: true, .. });
    let ended = |state| Stands {
        state,
        due_at: now,
        tries: due.tries + u32::from(state == DeliveryState::Failed),
        attempts: number,
        ended_at: Some(now),
    };
    let again = destination.failures > 0;
    match next {
        // What was refused for what it says also shows that the destination works.
        retry::Next::Delivered | retry::Next::Failed => {
            let state = match next {
                retry::Next::Delivered => DeliveryState::Delivered,
                _ => DeliveryState::Failed,
            };
            deliveries::set(tx, due.id, &ended(state)).await?;
            if !again {
                return Ok(Settled::GoOn);
            }
            rows::set_failures(tx, destination.id, 0, now).await?;
            ask(tx, resources, destination.id, 0, now).await?;
            Ok(Settled::HandedOver)
        }
        retry::Next::FailedAndPause => {
            deliveries::set(tx, due.id, &ended(DeliveryState::Failed)).await?;
            if destination.paused.is_some() {
                return Ok(Settled::GoOn);
            }
            let paused = Paused {
                at: now,
                why: Some(outcome.why().unwrap_or_default().to_owned()),
            };
            rows::set_paused(tx, destination.id, Some(&paused)).await?;
            Ok(Settled::Paused)
        }
        retry::Next::Again { at, hold } => {
            let stands = Stands {
                state: DeliveryState::Waiting,
                due_at: at,
                tries: due.tries + u32::from(!paced),
                attempts: number,
                ended_at: None,
            };
            deliveries::set(tx, due.id, &stands).await?;
            let failures = destination.failures + u32::from(!paced);
            let held = hold.unwrap_or(now);
            rows::set_failures(tx, destination.id, failures, held).await?;
            if again || paced {
                return Ok(Settled::GoOn);
            }
            ask(tx, resources, destination.id, failures, now).await?;
            Ok(Settled::HandedOver)
        }
    }
}

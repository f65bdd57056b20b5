//! Jobs: rows with leases, and the worker that takes them. One file a job, named as the sentence it is.
//!
//! A job is enqueued by the transaction that causes it, `jobs::enqueue(tx, &job, run_at, now, id)`, and may
//! run more than once: whatever it writes, it writes in a transaction that begins with `Context::write`,
//! which fails when somebody else has taken over.

mod apply_retention;
mod ask_assistant;
mod assisted;
mod compose_download;
mod deliver;
mod deliver_issue;
mod empty_trash;
mod exchange;
mod make_poster;
mod make_preview;
mod make_sprite;
mod make_thumbnails;
mod model;
mod not_given;
pub mod priority;
mod prune_rows;
mod push_service;
mod read_answers;
mod read_issues;
mod read_screen;
mod remind_viewers;
mod remove_objects;
mod send_mail;
mod send_notices;
mod send_pushes;
mod settle_delivery;
mod suggest_text;
mod take_back;
mod tools;
mod transcribe_speech;
mod translate_words;
pub mod worker;

use std::time::Duration;

use aside_protocol::time::Timestamp;
use tokio_util::sync::CancellationToken;

pub use crate::domain::job::{Job, Kind, Next};
pub use crate::store::jobs::enqueue;
pub use model::ModelSettings;
pub use tools::{ModelState, Reach, Tools};

use crate::domain::job::Claim;
use crate::domain::transcript::TranscriptState;
use crate::resources::Resources;
use crate::service::transcript::set_state as set_transcript_state;
use crate::service::{assistant, download, translations};
use crate::store::jobs::Held;
use crate::store::{self, StoreError, Tx, jobs, mails, outbox};

/// How long a job belongs to a worker that does not say anything. It says something every third of this.
pub const LEASE: Duration = Duration::from_secs(15);

/// What a running job may use.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) resources: &'a Resources,
    pub(crate) tools: &'a Tools,
    pub(crate) claim: Claim,
    /// The worker is about to end: stop at the next good moment.
    pub(crate) leaving: CancellationToken,
}

/// Why a job could not go on; it will be tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("somebody else has taken over this job")]
    Lost,
    #[error("the worker leaves")]
    Leaving,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] crate::objects::ObjectError),
    #[error(transparent)]
    Storage(#[from] crate::service::StorageError),
    #[error(transparent)]
    Removal(#[from] crate::service::removal::RemovalError),
    #[error(transparent)]
    Transcribe(#[from] crate::transcribe::TranscribeError),
    #[error(transparent)]
    Mail(#[from] crate::mail::MailError),
    #[error(transparent)]
    Mailbox(crate::imap::ImapError),
    #[error("the language model: {0}")]
    Assistant(#[from] crate::assistant::AssistantError),
    #[error("the disk of the worker: {0}")]
    Disk(std::io::Error),
    #[error("cannot run a program: {0}")]
    Program(std::io::Error),
    #[error("the work ended by a panic")]
    Panicked,
}

impl Trouble {
    /// Whether the network, the object store, the database or the disk is down. An object that is missing counts: its disk
    /// may not be mounted, and a recorder that still has it sends it again.
    fn is_outage(&self) -> bool {
        use crate::service::StorageError;
        use crate::service::removal::RemovalError;
        match self {
            Self::Store(error)
            | Self::Storage(StorageError::Store(error))
            | Self::Removal(RemovalError::Store(error)) => error.is_outage(),
            Self::Objects(_)
            | Self::Mailbox(_)
            | Self::Disk(_)
            | Self::Storage(StorageError::Objects(_))
            | Self::Removal(RemovalError::Objects(_) | RemovalError::NoAnswer) => true,
            Self::Mail(error) => error.is_outage(),
            Self::Assistant(error) => error.is_outage(),
            Self::Lost
            | Self::Leaving
            | Self::Transcribe(_)
            | Self::Program(_)
            | Self::Panicked => false,
        }
    }
}

impl Context<'_> {
    pub(crate) fn now(&self) -> Timestamp {
        self.resources.now()
    }

    /// Writes, but only as long as this job is still ours; the lease is extended along the way.
    ///
    /// Locks are taken in the order of an upload, the recording before the job, or the two would wait for each other.
    pub(crate) async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let written = self
            .resources
            .store
            .write(async |tx: &mut Tx| {
                lock(tx, &self.claim.job).await?;
                if jobs::hold(tx, &self.claim, self.now(), LEASE).await? == Held::Lost {
                    return Err(Trouble::Lost);
                }
                work(tx).await
            })
            .await?;
        if let Some(recording) = self.claim.job.recording() {
            self.resources.notify.notify(recording);
        }
        Ok(written)
    }

    /// Runs what would block on a thread made for that.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Trouble::Panicked)
    }
}

/// Does the job.
async fn run(cx: &Context<'_>) -> Result<Next, Trouble> {
    match cx.claim.job {
        Job::TranscribeSpeech { recording } => transcribe_speech::run(cx, recording).await,
        Job::MakePoster { recording } => make_poster::run(cx, recording).await,
        Job::MakeSprite { recording } => make_sprite::run(cx, recording).await,
        Job::ReadScreen { recording } => read_screen::run(cx, recording).await,
        Job::MakePreview { recording } => make_preview::run(cx, recording).await,
        Job::SuggestText { recording } => suggest_text::run(cx, recording).await,
        Job::AskAssistant { recording } => ask_assistant::run(cx, recording).await,
        Job::TranslateWords { recording } => translate_words::run(cx, recording).await,
        Job::ComposeDownload { recording } => compose_download::run(cx, recording).await,
        Job::RemoveObjects => remove_objects::run(cx).await,
        Job::PruneRows => prune_rows::run(cx).await,
        Job::EmptyTrash => empty_trash::run(cx).await,
        Job::ApplyRetention => apply_retention::run(cx).await,
        Job::SendMail { mail } => send_mail::run(cx, mail).await,
        Job::SendNotices { user } => send_notices::run(cx, user).await,
        Job::SendPushes { browser } => send_pushes::run(cx, browser).await,
        Job::MakeThumbnails { recording } => make_thumbnails::run(cx, recording).await,
        Job::RemindViewers { recording } => remind_viewers::run(cx, recording).await,
        Job::ReadAnswers => read_answers::run(cx).await,
        Job::Deliver { destination } => deliver::run(cx, destination, false).await,
        Job::Redeliver { destination } => deliver::run(cx, destination, true).await,
        Job::ReadIssues { destination } => read_issues::run(cx, destination).await,
    }
}

async fn lock(tx: &mut Tx, job: &Job) -> store::Result<()> {
    match job.recording() {
        Some(recording) => tx.lock_recording(recording).await,
        None => Ok(()),
    }
}

/// What people see of a job that was given up, written in the transaction that ends it.
async fn given_up(tx: &mut Tx, job: &Job, now: Timestamp) -> store::Result<()> {
    match job {
        Job::TranscribeSpeech { recording } => {
            set_transcript_state(tx, *recording, TranscriptState::Failed, now).await
        }
        Job::ComposeDownload { recording } => download::given_up(tx, *recording, now).await,
        Job::AskAssistant { recording } => assistant::given_up(tx, *recording, now).await,
        Job::TranslateWords { recording } => translations::given_up(tx, *recording, now).await,
        Job::SendMail { mail } => mails::remove(tx, *mail).await,
        Job::SendNotices { user } => outbox::give_up(tx, *user, now).await,
        Job::MakePoster { .. }
        | Job::MakeSprite { .. }
        | Job::ReadScreen { .. }
        | Job::MakePreview { .. }
        | Job::SuggestText { .. }
        | Job::MakeThumbnails { .. }
        | Job::SendPushes { .. }
        | Job::RemindViewers { .. }
        | Job::Deliver { .. }
        | Job::Redeliver { .. }
        | Job::ReadIssues { .. }
        | Job::RemoveObjects
        | Job::PruneRows
        | Job::EmptyTrash
        | Job::ApplyRetention
        | Job::ReadAnswers => Ok(()),
    }
}

#[cfg(test)]
mod tests;

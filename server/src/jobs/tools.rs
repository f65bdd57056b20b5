//! What the jobs of one worker process share: the speech model, and the session of each transcript.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aside_protocol::id::JobId;
use url::Url;

use super::not_given::NotGiven;
use super::transcribe_speech::Session;
use crate::assistant::Assistant;
use crate::checked_http::CheckedHttp;
use crate::domain::job::{Claim, Kind};
use crate::domain::reply::ReplyAddress;
use crate::imap::ImapClient;
use crate::mail::SmtpClient;
use crate::media::work_file::WorkFiles;
use crate::service::media_link::MediaKeys;
use crate::service::push::VapidKeys;
use crate::service::replies::Replies;
use crate::service::screen_text::ScreenReader;
use crate::transcribe::Transcriber;

/// So many sessions are kept in memory; each costs at most some two megabytes.
const MAX_SESSIONS: usize = 64;

/// The speech model of this worker.
#[derive(Clone, Default)]
pub enum ModelState {
    #[default]
    Missing,
    /// Transcripts wait for it.
    Downloading,
    /// One window at a time.
    Ready(Arc<Mutex<dyn Transcriber>>),
}

impl std::fmt::Debug for ModelState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Downloading => "Downloading",
            Self::Ready(_) => "Ready",
        })
    }
}

impl ModelState {
    pub fn ready(transcriber: impl Transcriber + 'static) -> Self {
        Self::Ready(Arc::new(Mutex::new(transcriber)))
    }
}

/// How a worker reaches others by HTTP.
#[derive(Debug, Clone)]
pub struct Reach {
    pub http: CheckedHttp,
    /// Where people reach this server: links begin with it. None: nothing that has links is sent.
    pub public: Option<Url>,
}

/// The tools of one worker.
#[derive(Debug)]
pub struct Tools {
    model: Mutex<ModelState>,
    sessions: Mutex<HashMap<JobId, (i64, Session)>>,
    /// Where large files grow; none: this worker makes none.
    files: Option<WorkFiles>,
    /// None: this worker sends no mails.
    smtp: Option<SmtpClient>,
    /// None: this worker asks nobody by HTTP.
    reach: Option<Reach>,
    /// None: this worker asks no language model.
    assistant: Option<Assistant>,
    keys: MediaKeys,
    vapid: VapidKeys,
    /// By which addresses mails are answered.
    answers: Option<ReplyAddress>,
    /// Where answers arrive; none: this worker reads none.
    mailbox: Option<(ImapClient, Replies)>,
    mailbox_answers: AtomicBool,
    /// None: this worker reads no text off screens.
    screen: Option<ScreenReader>,
    /// What it did not give.
    not_given: Mutex<NotGiven>,
}

impl Default for Tools {
    fn default() -> Self {
        Self::with(ModelState::default())
    }
}

impl Tools {
    pub fn with(model: ModelState) -> Self {
        Self {
            model: Mutex::new(model),
            sessions: Mutex::default(),
            files: None,
            smtp: None,
            reach: None,
            assistant: None,
            keys: MediaKeys::default(),
            vapid: VapidKeys::default(),
            answers: None,
            mailbox: None,
            mailbox_answers: AtomicBool::new(true),
            screen: None,
            not_given: Mutex::default(),
        }
    }

    /// The same, with a program that reads text off screens.
    #[must_use]
    pub fn reading_screens(self, screen: Option<ScreenReader>) -> Self {
        Self { screen, ..self }
    }

    pub(super) const fn screen(&self) -> Option<&ScreenReader> {
        self.screen.as_ref()
    }

    /// The same, with a mail server.
    #[must_use]
    pub fn sending_by(self, smtp: Option<SmtpClient>) -> Self {
        Self { smtp, ..self }
    }

    /// The same, where mails are answered by such addresses, which arrive in that mailbox.
    #[must_use]
    pub fn answered_by(
        self,
        answers: Option<ReplyAddress>,
        mailbox: Option<(ImapClient, Replies)>,
    ) -> Self {
        Self {
            answers,
            mailbox,
            ..self
        }
    }

    pub(super) const fn answers(&self) -> Option<&ReplyAddress> {
        self.answers.as_ref()
    }

    pub(super) const fn mailbox(&self) -> Option<&(ImapClient, Replies)> {
        self.mailbox.as_ref()
    }

    /// Remembers whether the mailbox answers; says whether it did before.
    pub(super) fn mailbox_answers(&self, answers: bool) -> bool {
        self.mailbox_answers.swap(answers, Ordering::Relaxed)
    }

    /// What the mailbox did not give; not to be kept across an await.
    pub(super) fn not_given(&self) -> MutexGuard<'_, NotGiven> {
        lock(&self.not_given)
    }

    /// The same, with a way to others.
    #[must_use]
    pub fn reaching(self, reach: Option<Reach>) -> Self {
        Self { reach, ..self }
    }

    /// The same, with a language model.
    #[must_use]
    pub fn asking(self, assistant: Option<Assistant>) -> Self {
        Self { assistant, ..self }
    }

    pub(super) const fn assistant(&self) -> Option<&Assistant> {
        self.assistant.as_ref()
    }

    /// For addresses that people name.
    pub(super) fn http(&self) -> Option<&CheckedHttp> {
        self.reach.as_ref().map(|it| &it.http)
    }

    /// What links begin with.
    pub(super) fn public(&self) -> Option<&Url> {
        self.reach.as_ref()?.public.as_ref()
    }

    pub(super) const fn smtp(&self) -> Option<&SmtpClient> {
        self.smtp.as_ref()
    }

    /// By which addresses in mails are signed.
    pub(super) const fn keys(&self) -> &MediaKeys {
        &self.keys
    }

    /// By which push services know this server.
    pub(super) const fn vapid(&self) -> &VapidKeys {
        &self.vapid
    }

    /// The same, with a place where large files grow.
    #[must_use]
    pub fn working_in(self, files: WorkFiles) -> Self {
        Self {
            files: Some(files),
            ..self
        }
    }

    pub(super) const fn files(&self) -> Option<&WorkFiles> {
        self.files.as_ref()
    }

    pub fn model(&self) -> ModelState {
        lock(&self.model).clone()
    }

    pub fn set_model(&self, model: ModelState) {
        *lock(&self.model) = model;
    }

    /// Whether a job of this kind is to be taken now.
    pub(super) fn can_do(&self, kind: Kind) -> bool {
        match kind {
            Kind::TranscribeSpeech => !matches!(self.model(), ModelState::Downloading),
            Kind::ComposeDownload | Kind::MakePreview => self.files.is_some(),
            Kind::SendMail | Kind::SendNotices => self.smtp.is_some(),
            Kind::ReadAnswers => self.mailbox.is_some(),
            Kind::ReadScreen => self.screen.is_some(),
            Kind::Deliver | Kind::Redeliver | Kind::ReadIssues => self.public().is_some(),
            Kind::SendPushes => self.reach.is_some(),
            Kind::AskAssistant | Kind::TranslateWords => self.assistant.is_some(),
            Kind::MakePoster
            | Kind::MakeSprite
            | Kind::SuggestText
            | Kind::MakeThumbnails
            | Kind::RemindViewers
            | Kind::RemoveObjects
            | Kind::PruneRows
            | Kind::EmptyTrash
            | Kind::ApplyRetention => true,
        }
    }

    /// The session of the attempt before this one, if that was in this process: then no other worker has been at it.
    pub(super) fn recall(&self, claim: &Claim) -> Option<Session> {
        let (attempt, session) = lock(&self.sessions).remove(&claim.id)?;
        (attempt + 1 == claim.attempt).then_some(session)
    }

    /// Keeps the session of this attempt. Where there are too many, the oldest is dropped: it begins at its cursor again.
    pub(super) fn remember(&self, claim: &Claim, session: Session) {
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= MAX_SESSIONS
            && let Some(some) = sessions.keys().min().copied()
        {
            sessions.remove(&some);
        }
        sessions.insert(claim.id, (claim.attempt, session));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

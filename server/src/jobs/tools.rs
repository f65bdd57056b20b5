//! What the jobs of one worker process share: the speech model, and where they were in each take.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aside_protocol::id::JobId;

use super::transcribe_speech::Session;
use crate::domain::job::{Claim, Kind};
use crate::transcribe::Transcriber;

/// So many takes are kept in mind; each costs at most some two megabytes.
const MOST_SESSIONS: usize = 64;

/// Whether this worker can hear.
#[derive(Clone, Default)]
pub enum Ears {
    /// No model.
    #[default]
    None,
    /// A model is on its way: whoever wants words waits.
    Coming,
    /// One at a time.
    Ready(Arc<Mutex<dyn Transcriber>>),
}

impl std::fmt::Debug for Ears {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Coming => "Coming",
            Self::Ready(_) => "Ready",
        })
    }
}

impl Ears {
    pub fn of(transcriber: impl Transcriber + 'static) -> Self {
        Self::Ready(Arc::new(Mutex::new(transcriber)))
    }
}

/// The tools of one worker.
#[derive(Debug, Default)]
pub struct Tools {
    ears: Mutex<Ears>,
    sessions: Mutex<HashMap<JobId, (i64, Session)>>,
}

impl Tools {
    pub fn with(ears: Ears) -> Self {
        Self {
            ears: Mutex::new(ears),
            sessions: Mutex::default(),
        }
    }

    pub fn ears(&self) -> Ears {
        lock(&self.ears).clone()
    }

    pub fn set_ears(&self, ears: Ears) {
        *lock(&self.ears) = ears;
    }

    /// Whether a job of this kind is to be taken now.
    pub(super) fn can_do(&self, kind: Kind) -> bool {
        kind != Kind::TranscribeSpeech || !matches!(self.ears(), Ears::Coming)
    }

    /// Where the attempt before this one was, if that was in this process: then nobody has been at it since.
    pub(super) fn recall(&self, claim: &Claim) -> Option<Session> {
        let (attempt, session) = lock(&self.sessions).remove(&claim.id)?;
        (attempt + 1 == claim.attempt).then_some(session)
    }

    /// Keeps in mind where this attempt was. Where too many are, one is forgotten: it begins at its cursor again.
    pub(super) fn remember(&self, claim: &Claim, session: Session) {
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= MOST_SESSIONS
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

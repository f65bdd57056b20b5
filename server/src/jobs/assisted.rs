//! One question to a language model, asked until it is answered in a way that can be read, or not any more.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Context, Trouble};
use crate::assistant::{Assistant, AssistantError};
use crate::domain::assistant::Question;

/// An answer that cannot be read is asked for so often: a model that does not understand costs as much as one that does.
const UNREADABLE_TRIES: u32 = 2;

/// What comes of a question.
#[derive(Debug)]
pub(super) enum Heard {
    /// It is asked (again): what was said before is void.
    Begun,
    Objects(Vec<Map<String, Value>>),
}

enum Ended {
    Model(AssistantError),
    Trouble(Trouble),
}

impl From<AssistantError> for Ended {
    fn from(error: AssistantError) -> Self {
        Self::Model(error)
    }
}

/// Asks. `take` says how many of the objects were what was asked for. None: it was answered. An error that concerns this question alone is
/// answered with; every other one ends the job, now or for this time, as does a worker that leaves while it would wait.
pub(super) async fn heard(
    cx: &Context<'_>,
    assistant: &Assistant,
    question: &Question,
    mut take: impl AsyncFnMut(Heard) -> Result<usize, Trouble>,
) -> Result<Option<AssistantError>, Trouble> {
    let limits = *assistant.limits();
    let mut pause = limits.pause;
    let mut tries = 0;
    loop {
        tries += 1;
        take(Heard::Begun).await?;
        let error = match once(assistant, question, &mut take).await {
            Ok(0) => AssistantError::Unreadable,
            Ok(_) => return Ok(None),
            Err(Ended::Trouble(trouble)) => return Err(trouble),
            Err(Ended::Model(error)) => error,
        };
        let of_question = matches!(error, AssistantError::Unreadable | AssistantError::Refused);
        let most = if of_question {
            UNREADABLE_TRIES
        } else {
            limits.tries
        };
        if tries >= most || !error.is_passing() {
            return if of_question {
                Ok(Some(error))
            } else {
                Err(error.into())
            };
        }
        let asked_for = match &error {
            AssistantError::Status { wait, .. } => *wait,
            _ => None,
        };
        // It wants to be left alone for longer than a worker waits with the job in its hands.
        if asked_for.is_some_and(|wait| wait > limits.longest_pause) {
            return Err(error.into());
        }
        tracing::debug!(%error, tries, "the language model is asked again: {error}");
        tokio::select! {
            () = tokio::time::sleep(asked_for.unwrap_or(pause) + jitter(cx, pause)) => {}
            () = cx.leaving.cancelled() => return Err(Trouble::Leaving),
        }
        pause = (pause * 2).min(limits.longest_pause);
    }
}

async fn once(
    assistant: &Assistant,
    question: &Question,
    take: &mut impl AsyncFnMut(Heard) -> Result<usize, Trouble>,
) -> Result<usize, Ended> {
    let mut answer = assistant.ask(question).await?;
    let mut useful = 0;
    while !answer.has_ended() {
        let objects = answer.next().await?;
        if !objects.is_empty() {
            let taken = take(Heard::Objects(objects)).await;
            useful += taken.map_err(Ended::Trouble)?;
        }
    }
    Ok(useful)
}

/// Avoids that all workers of a team ask again in step.
fn jitter(cx: &Context<'_>, pause: Duration) -> Duration {
    let chance = u64::from(u16::from_be_bytes(cx.resources.entropy.array()));
    let spread = u64::try_from(pause.as_millis() / 4).unwrap_or(u64::MAX);
    Duration::from_millis(chance % spread.max(1))
}

//! Requests that are carried out once: their first answers are kept for a day.

use std::time::Duration;

use aside_protocol::id::TokenId;
use sha2::{Digest as _, Sha256};

use crate::resources::Resources;
use crate::store::idempotency::{self as store, Row};
use crate::store::{StoreError, Tx};

/// How long an answer is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// How long a request may be under way: the server that took it on ended in the middle of what has no answer by then.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// A request with a key.
#[derive(Debug, Clone)]
pub struct Request {
    /// By which whoever asks is known: keys of others are other keys.
    pub token: TokenId,
    pub key: String,
    pub digest: [u8; 32],
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Turn {
    /// It is the first: carry it out, then say how it ended ([`end`]).
    First,
    Kept(Kept),
}

/// Why nothing is done.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "Another request came with this key in the last 24 hours. Nothing was done; use a new key for a new request."
    )]
    Other,
    #[error(
        "The first request with this key has not been answered. Ask again in a moment; a request without an answer holds its key for ten minutes at most."
    )]
    Unanswered,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What says that two requests are the same.
pub fn digest(path: &str, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(path.as_bytes());
    digest.update([0]);
    digest.update(body);
    digest.finalize().into()
}

/// Whether the request is the first with its key.
pub async fn begin(resources: &Resources, sent: &Request) -> Result<Turn, KeyError> {
    let now = resources.now();
    let found = resources
        .store
        .write(async |tx: &mut Tx| -> Result<_, StoreError> {
            let (kept, unanswered) = (now.minus(KEPT_FOR), now.minus(ANSWERED_WITHIN));
            store::forget(tx, sent.token, &sent.key, kept, unanswered).await?;
            store::begin(tx, sent.token, &sent.key, &sent.digest, now).await
        })
        .await?;
    match found {
        None => Ok(Turn::First),
        Some(row) if row.request != sent.digest => Err(KeyError::Other),
        Some(Row {
            kept: Some(kept), ..
        }) => Ok(Turn::Kept(Kept {
            status: kept.status,
            content_type: kept.content_type,
            body: kept.body,
        })),
        Some(_) => Err(KeyError::Unanswered),
    }
}

/// Keeps the answer; none: the next request with this key is the first.
pub async fn end(
    resources: &Resources,
    sent: &Request,
    kept: Option<Kept>,
) -> Result<(), StoreError> {
    let kept = kept.map(|it| store::Kept {
        status: it.status,
        content_type: it.content_type,
        body: it.body,
    });
    resources
        .store
        .write(async |tx: &mut Tx| store::end(tx, sent.token, &sent.key, kept.as_ref()).await)
        .await
}

//! Making tokens, listing and ending them. Whom they stand for is [`super::actor`].

use std::time::Duration;

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;

use crate::auth::token::Secret;
use crate::domain::token::{Kind, MAX_DAYS, Scopes, Token, TokenError};
use crate::resources::Resources;
use crate::store::{Result, StoreError, Tx};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// `last_used_at` is this coarse, so that reading does not write all the time.
const LAST_USE: Duration = Duration::from_secs(3600);

/// Writes a new token and answers it with its secret, which exists nowhere else. `user` is none
/// for a guest; `name` is the token's, or the guest's.
pub async fn issue(
    tx: &mut Tx,
    resources: &Resources,
    kind: Kind,
    user: Option<UserId>,
    name: &str,
) -> Result<(Token, Secret)> {
    let now = resources.now();
    let ends = kind.lifetime().map(|span| now.plus(span));
    insert(tx, resources, (kind, user, name), Scopes::EVERYTHING, ends).await
}

async fn insert(
    tx: &mut Tx,
    resources: &Resources,
    (kind, user, name): (Kind, Option<UserId>, &str),
    scopes: Scopes,
    expires_at: Option<Timestamp>,
) -> Result<(Token, Secret)> {
    let now = resources.now();
    let secret = Secret::new(&*resources.entropy);
    let token = Token {
        id: TokenId::new(now, resources.id_entropy()),
        kind,
        user,
        name: name.to_owned(),
        created_at: now,
        expires_at,
        last_used_at: None,
        scopes,
    };
    tx.insert_token(&token, &secret.hash()).await?;
    Ok((token, secret))
}

/// A token that is to be made for a program.
#[derive(Debug, Clone)]
pub struct ForProgram {
    pub name: String,
    pub scopes: Scopes,
    /// None: it works until it is ended.
    pub days: Option<u32>,
    /// It works no longer than that, such as the token by which it is made; none: as long as is wanted.
    pub at_most: Option<Timestamp>,
}

/// Why it is not made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an API token for a program of `user`.
pub async fn make_for_program(
    resources: &Resources,
    user: UserId,
    wanted: &ForProgram,
) -> std::result::Result<(Token, Secret), MakeError> {
    if wanted.days.is_some_and(|days| days == 0 || days > MAX_DAYS) {
        return Err(TokenError::Days.into());
    }
    let ends = wanted.days.map(|days| resources.now().plus(DAY * days));
    let ends = ends.into_iter().chain(wanted.at_most).min();
    let what = (Kind::Api, Some(user), &*wanted.name);
    Ok(resources
        .store
        .write(async |tx: &mut Tx| insert(tx, resources, what, wanted.scopes.clone(), ends).await)
        .await?)
}

/// Ends a token of any kind at once. Says whether it was this person's.
pub async fn revoke(resources: &Resources, id: TokenId, user: UserId) -> Result<bool> {
    resources
        .store
        .write(async |tx: &mut Tx| tx.delete_token(id, user).await)
        .await
}

/// Ends the session with this secret, whoever's it is: another takes its place in its browser.
pub async fn end_session(resources: &Resources, secret: &Secret) -> Result<()> {
    let hash = secret.hash();
    resources
        .store
        .write(async |tx: &mut Tx| tx.delete_session(&hash).await)
        .await
}

/// API and device tokens of a person, newest first.
pub async fn named(resources: &Resources, user: UserId) -> Result<Vec<Token>> {
    resources.store.named_tokens(user).await
}

/// When a token of a program of this person ends; none where it has no end, or is a browser's.
pub async fn end_of(resources: &Resources, user: UserId, id: TokenId) -> Result<Option<Timestamp>> {
    let all = named(resources, user).await?;
    Ok(all
        .into_iter()
        .find(|it| it.id == id)
        .and_then(|it| it.expires_at))
}

/// Notes that a token was used. A full disk must not keep anybody from reading, so a failure here is only logged.
pub(super) async fn note_use(resources: &Resources, token: &Token, now: Timestamp) {
    if token
        .last_used_at
        .is_some_and(|last| now < last.plus(LAST_USE))
    {
        return;
    }
    let id = token.id;
    let noted = resources
        .store
        .write(async |tx: &mut Tx| tx.touch_token(id, now).await)
        .await;
    if let Err(cause) = noted {
        tracing::warn!(token.id = %id, %cause, "could not note the use of token {id}");
    }
}

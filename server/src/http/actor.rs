//! Finds out who asks, from the bearer token or the cookies.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use url::Url;

use super::base_url::BaseUrl;
use super::error::ApiError;
use super::extract::{Actor, Guest, Member, jar};
use super::forwarded::Via;
use crate::app::App;
use crate::auth::origin::{self, Origin};
use crate::auth::token::{Kind, Secret};
use crate::domain::account::User;
use crate::store::Tx;
use crate::store::tokens::Token;

/// `last_used_at` is this coarse, so that reading does not write all the time.
const LAST_USE: Duration = Duration::from_secs(3600);

/// A bearer token that does not count is refused, because a program must learn that it has to sign
/// in again. A cookie that does not count is passed over: the person is simply not signed in.
pub(super) async fn resolve(app: &App, via: &Via, parts: &Parts) -> Result<Actor, ApiError> {
    let headers = &parts.headers;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().ok().and_then(|v| v.split_once(' '));
        let secret = text
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Secret::from_text(token.trim()));
        return match valid(app, secret, &[Kind::Api, Kind::Device]).await? {
            Some((token, Some(user))) => Ok(Actor::Member(Member {
                user,
                token: token.id,
            })),
            _ => Err(ApiError::new(ProblemCode::Unauthenticated)
                .detail("This token is not valid (any more). Sign in again.")),
        };
    }
    let jar = jar(app, via).await?;
    let session = valid(app, jar.read(headers, Kind::Session), &[Kind::Session]).await?;
    let actor = if let Some((token, Some(user))) = session {
        Actor::Member(Member {
            user,
            token: token.id,
        })
    } else if let Some((token, None)) =
        valid(app, jar.read(headers, Kind::Guest), &[Kind::Guest]).await?
    {
        Actor::Guest(Guest {
            id: token.id,
            name: token.name,
        })
    } else {
        Actor::Anonymous
    };
    let ours = || origin_of(&BaseUrl::of(&app.config, via), headers) == Origin::Same;
    if !parts.method.is_safe() && !matches!(actor, Actor::Anonymous) && !ours() {
        return Err(cross_site());
    }
    Ok(actor)
}

/// For requests that would give a cookie to whoever sent them: another site must not sign somebody in.
pub(super) fn not_from_elsewhere(base: &BaseUrl, headers: &HeaderMap) -> Result<(), ApiError> {
    match origin_of(base, headers) {
        Origin::Other => Err(cross_site()),
        Origin::Same | Origin::Unknown => Ok(()),
    }
}

fn origin_of(base: &BaseUrl, headers: &HeaderMap) -> Origin {
    origin::of(headers, Url::parse(base.as_str()).ok().as_ref())
}

fn cross_site() -> ApiError {
    ApiError::new(ProblemCode::CrossSite)
        .detail("The browser says that another site sent this. Open this server's own page and try there; behind a proxy, set --public-url or --trusted-proxy.")
}

async fn valid(
    app: &App,
    secret: Option<Secret>,
    kinds: &[Kind],
) -> Result<Option<(Token, Option<User>)>, ApiError> {
    let Some(secret) = secret else {
        return Ok(None);
    };
    let Some((token, user)) = app.store.token(&secret.hash()).await? else {
        return Ok(None);
    };
    let now = app.now();
    if !kinds.contains(&token.kind) || token.expires_at.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    note_use(app, &token, now).await;
    Ok(Some((token, user)))
}

/// A full disk must not keep anybody from reading, so a failure here is only logged.
async fn note_use(app: &App, token: &Token, now: Timestamp) {
    if token
        .last_used_at
        .is_some_and(|last| now < last.plus(LAST_USE))
    {
        return;
    }
    let id = token.id;
    let noted = app
        .store
        .write(async |tx: &mut Tx| tx.touch_token(id, now).await)
        .await;
    if let Err(cause) = noted {
        tracing::warn!(token.id = %id, %cause, "could not note the use of token {id}");
    }
}

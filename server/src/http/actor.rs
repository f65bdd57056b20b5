//! Finds out who asks, from the bearer token or the cookies.

use aside_protocol::problem::ProblemCode;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use url::Url;

use super::base_url::BaseUrl;
use super::error::ApiError;
use super::extract::{Actor, Guest, Member, jar};
use super::forwarded::Via;
use crate::app::App;
use crate::auth::origin::{self, Origin};
use crate::auth::token::Secret;
use crate::domain::account::User;
use crate::domain::token::{Kind, Token};
use crate::service::token::holder;

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
    match secret {
        Some(secret) => Ok(holder(app, &secret, kinds).await?),
        None => Ok(None),
    }
}

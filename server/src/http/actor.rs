//! What says who asks: the bearer token or the cookies, and whether another site sent them.

use aside_protocol::problem::ProblemCode;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use url::Url;

use super::base_url::BaseUrl;
use super::error::ApiError;
use super::forwarded::Via;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::auth::origin::{self, Origin};
use crate::auth::token::Secret;
use crate::domain::token::{Kind, Need};
use crate::service::actor::{Actor, ActorError, Presented};

/// Of a request that the server makes to itself for an agent: counted already, and what it writes is an agent's.
#[derive(Debug, Clone, Copy)]
pub(super) struct ForAgent;

/// The cookies of this server for a request that came like this.
pub(super) async fn jar(app: &App, via: &Via) -> Result<Jar, ApiError> {
    let key = app.media_keys.get(app).await?;
    Ok(Jar {
        tag: key.tag(),
        https: via.https || app.config.is_https(),
    })
}

/// The tokens that a request shows: a bearer token counts alone.
pub(super) async fn presented(app: &App, via: &Via, parts: &Parts) -> Result<Presented, ApiError> {
    let headers = &parts.headers;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().ok().and_then(|v| v.split_once(' '));
        let token = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or(ActorError::BadToken)?;
        let need = parts.extensions.get::<Need>().copied();
        return Ok(Presented::Bearer {
            secret: Secret::from_text(token.trim()),
            need: need.unwrap_or(Need::Everything),
            agent: parts.extensions.get::<ForAgent>().is_some(),
        });
    }
    let jar = jar(app, via).await?;
    Ok(Presented::Cookies {
        session: jar.read(headers, Kind::Session),
        guest: jar.read(headers, Kind::Guest),
    })
}

/// Whether whoever is known by cookies means it: another site's page may send them along with what changes something.
pub(super) fn admit(app: &App, parts: &Parts, actor: &Actor) -> Result<(), ApiError> {
    let by_cookie = parts.headers.get(header::AUTHORIZATION).is_none();
    let unsafe_ = !parts.method.is_safe() && !matches!(actor, Actor::Anonymous);
    if !by_cookie || !unsafe_ {
        return Ok(());
    }
    let via = parts.extensions.get::<Via>();
    let ours = via.is_some_and(|via| {
        origin_of(&BaseUrl::of(&app.config, via), &parts.headers) == Origin::Same
    });
    if ours { Ok(()) } else { Err(cross_site()) }
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

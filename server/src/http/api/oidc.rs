//! Signing in by a provider. Both are opened by a browser, so what goes wrong is told by the sign-in page.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;

use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::token::Origin;
use crate::http::ApiError;
use crate::http::api::session::signed_in;
use crate::http::extract::Query;
use crate::http::forwarded::Via;
use crate::oidc::ProviderError;
use crate::service::oidc::{self as service, OidcError};

#[derive(Debug, Deserialize)]
pub struct Begin {
    /// Where to go on to, on this server.
    #[serde(default)]
    next: String,
}

/// Sends the browser to the provider of this server
#[utoipa::path(get, path = "/api/oidc/start", tag = "account", params(("next" = Option<String>, Query, description = "where to go on to, on this server")),
    responses((status = 303, description = "to the provider, or to the sign-in page, which says what is wrong"), (status = 404, description = "this server has no provider")))]
pub async fn begin_oidc(
    State(app): State<App>,
    via: Via,
    jar: Jar,
    Query(wanted): Query<Begin>,
) -> Response {
    let Some(provider) = &app.oidc else {
        return ApiError::not_found().into_response();
    };
    if app.limits.device_code(via.client).is_err() {
        return told("too_many");
    }
    match service::begin(&app, provider, &wanted.next).await {
        Ok((url, browser)) => {
            let cookie = jar.set_login(&browser, service::SIGN_IN_TIMEOUT);
            (
                StatusCode::SEE_OTHER,
                AppendHeaders([(header::SET_COOKIE, cookie)]),
                [(header::LOCATION, url)],
            )
                .into_response()
        }
        Err(error) => told(word(&error)),
    }
}

/// As the provider sends it (OpenID Connect Core §3.1.2.5).
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

/// The browser comes back from the provider
#[utoipa::path(get, path = "/api/oidc/callback", tag = "account",
    params(("state" = Option<String>, Query,), ("code" = Option<String>, Query,), ("error" = Option<String>, Query,)),
    responses((status = 303, description = "signed in; or to the sign-in page, which says what is wrong"), (status = 404, description = "this server has no provider")))]
pub async fn end_oidc(
    State(app): State<App>,
    from: Origin,
    jar: Jar,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    let Some(provider) = &app.oidc else {
        return ApiError::not_found().into_response();
    };
    let Some(browser) = jar.read_login(&headers) else {
        return told("unknown");
    };
    if !back.error.is_empty() {
        tracing::info!(error = back.error, "the provider sent somebody back");
        return told("cancelled");
    }
    let with = (back.state.as_str(), back.code.as_str());
    match service::end(&app, provider, &browser, with, &from).await {
        Ok((session, next)) => match signed_in(&app, &jar, &headers, &session).await {
            Ok(cookie) => (
                StatusCode::SEE_OTHER,
                AppendHeaders([
                    (header::SET_COOKIE, cookie),
                    (header::SET_COOKIE, jar.clear_login()),
                ]),
                [(header::LOCATION, next)],
            )
                .into_response(),
            Err(error) => error.into_response(),
        },
        Err(error) => told(word(&error)),
    }
}

fn told(word: &str) -> Response {
    let to = format!("/sign-in?provider={word}");
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// What the sign-in page says in full.
fn word(error: &OidcError) -> &'static str {
    use crate::domain::oidc::OidcRefusal::{Domain, Group, OtherPerson, Unverified};
    match error {
        OidcError::Provider(cause @ ProviderError::Lie(_)) => {
            tracing::warn!(%cause, "a sign-in was refused: {cause}");
            "not_believed"
        }
        OidcError::Provider(cause) => {
            tracing::error!(%cause, "nobody can sign in by the provider: {cause}");
            "away"
        }
        OidcError::Refused(Unverified) => "unverified",
        OidcError::Refused(Domain) => "domain",
        OidcError::Refused(Group) => "group",
        OidcError::Refused(OtherPerson) => "other_person",
        OidcError::Unknown => "unknown",
        OidcError::NotSetUp => "not_set_up",
        OidcError::Store(cause) => {
            tracing::error!(%cause, "a sign-in failed: {cause}");
            "failed"
        }
    }
}

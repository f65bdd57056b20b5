//! `POST /api/session`, `DELETE /api/session`: signing in and out of a browser.

use std::time::Duration;

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::me::Account;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::auth::issue;
use crate::auth::token::Kind;
use crate::domain::account::{Email, Password};
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Actor, Json};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::store::Tx;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    email: String,
    password: String,
}

/// Signs a browser in.
#[utoipa::path(post, path = "/api/session", tag = "account", request_body = SignIn,
    responses((status = 200, body = Account), (status = 401, description = "`bad_credentials`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`, with Retry-After", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn sign_in(
    State(app): State<App>,
    via: Via,
    base: BaseUrl,
    jar: Jar,
    headers: HeaderMap,
    Json(wanted): Json<SignIn>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    // What can be no address or no password of anybody is simply wrong.
    let (Ok(email), Ok(password)) = (
        wanted.email.parse::<Email>(),
        Password::new(&wanted.password),
    ) else {
        return Err(wrong());
    };
    app.limits.sign_in(&email, via.client).map_err(slow_down)?;
    let found = app.store.credentials(&email).await?;
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
    let right = app
        .passwords
        .verify(password, hash)
        .await
        .map_err(ApiError::internal)?;
    let Some(user) = user.filter(|_| right) else {
        return Err(wrong());
    };
    app.limits.signed_in(&email, via.client);
    let (_, secret) = app
        .store
        .write(async |tx: &mut Tx| {
            tx.delete_expired_sessions(app.now()).await?;
            issue::token(&app, tx, Kind::Session, Some(user.id), "browser").await
        })
        .await?;
    let cookie = jar.set(Kind::Session, &secret);
    Ok(([(header::SET_COOKIE, cookie)], Json(Account::from(&user))))
}

/// Signs this browser out; fine when it is not signed in.
#[utoipa::path(delete, path = "/api/session", tag = "account", responses((status = 204)))]
pub async fn sign_out(
    State(app): State<App>,
    jar: Jar,
    actor: Actor,
) -> ApiResult<impl IntoResponse> {
    if let Actor::Member(member) = actor {
        app.store
            .write(async |tx: &mut Tx| tx.delete_token(member.token, member.user.id).await)
            .await?;
    }
    let cookie = jar.clear(Kind::Session);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}

/// The same words whether the account or the password is wrong: who has an account is nobody's business.
fn wrong() -> ApiError {
    ApiError::new(ProblemCode::BadCredentials).detail("Wrong e-mail or password.")
}

fn slow_down(wait: Duration) -> ApiError {
    ApiError::too_many("Too many wrong passwords from here.", wait)
}

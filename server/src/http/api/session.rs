//! `POST /api/session`, `DELETE /api/session`: signing in and out of a browser.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use super::me::Account;
use crate::app::App;
use crate::auth::cookie::{Jar, set_language};
use crate::auth::token::Secret;
use crate::domain::passkey::PasskeyRefusal;
use crate::domain::token::{Kind, Origin};
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Actor, Json};
use crate::http::{ApiError, ApiResult};
use crate::service::account::{self, SignInError};
use crate::service::profile;
use crate::service::token::{end_session, revoke};

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    email: String,
    password: String,
    /// Of the authenticator app, or a recovery code; where `second_factor_needed` was answered.
    code: Option<String>,
}

/// Signs a browser in.
#[utoipa::path(post, path = "/api/session", tag = "account", request_body = SignIn,
    responses((status = 200, body = Account), (status = 401, description = "`bad_credentials`, `second_factor_needed`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: the account was deactivated", body = aside_protocol::problem::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`, with Retry-After", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn sign_in(
    State(app): State<App>,
    from: Origin,
    base: BaseUrl,
    jar: Jar,
    headers: HeaderMap,
    Json(wanted): Json<SignIn>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    let typed = (
        wanted.email.as_str(),
        wanted.password.as_str(),
        wanted.code.as_deref(),
    );
    let (user, secret) = account::sign_in(&app, &app.passwords, &app.limits, typed, &from).await?;
    let cookie = signed_in(&app, &jar, &headers, &secret).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(Account::from(&user))))
}

/// The cookie of a sign-in. By what the browser was signed in before, nobody is known any more, nor told in it.
pub(in crate::http::api) async fn signed_in(
    app: &App,
    jar: &Jar,
    headers: &HeaderMap,
    secret: &Secret,
) -> ApiResult<HeaderValue> {
    if let Some(before) = jar.read(headers, Kind::Session) {
        end_session(app, &before).await?;
    }
    Ok(jar.set(Kind::Session, secret))
}

/// Signs this browser out; fine when it is not signed in.
#[utoipa::path(delete, path = "/api/session", tag = "account", responses((status = 204)))]
pub async fn sign_out(
    State(app): State<App>,
    jar: Jar,
    actor: Actor,
) -> ApiResult<impl IntoResponse> {
    let mut cookies = vec![(header::SET_COOKIE, jar.clear(Kind::Session))];
    if let Actor::Member(member) = actor {
        let profile = profile::read(&app, member.user.id).await?;
        // The browser has it from the account, and would keep it for whoever comes next.
        if profile.language.is_some() {
            cookies.push((header::SET_COOKIE, set_language(None)));
        }
        revoke(&app, member.token, member.user.id).await?;
    }
    Ok((StatusCode::NO_CONTENT, AppendHeaders(cookies)))
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong | SignInError::WrongCode => {
                Self::new(ProblemCode::BadCredentials).detail(error)
            }
            SignInError::SecondFactor => Self::new(ProblemCode::SecondFactorNeeded).detail(error),
            SignInError::Refused(PasskeyRefusal::NoName) => Self::invalid("passkey", error),
            SignInError::Refused(_) | SignInError::Unasked => {
                Self::new(ProblemCode::BadCredentials).detail(error)
            }
            SignInError::TooManyPasskeys(wait) => {
                Self::too_many("Too many tries with a passkey from here.", wait)
            }
            SignInError::TooManyCodes(wait) => Self::too_many("Too many wrong codes.", wait),
            SignInError::Deactivated => Self::new(ProblemCode::Forbidden).detail(error),
            SignInError::TooMany(wait) => {
                Self::too_many("Too many wrong passwords from here.", wait)
            }
            SignInError::Password(cause) => Self::internal(cause),
            SignInError::Store(cause) => cause.into(),
        }
    }
}

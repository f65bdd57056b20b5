//! `/api/session/passkey`: signing in by a passkey.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::wire::{AnswerBytes, PasskeyAnswer, PasskeyRequest};
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::passkey::Site;
use crate::domain::token::Origin;
use crate::http::ApiResult;
use crate::http::actor::not_from_elsewhere;
use crate::http::api::me::Account;
use crate::http::api::session::signed_in;
use crate::http::base_url::BaseUrl;
use crate::http::extract::Json;
use crate::service::account::SignInError;
use crate::service::passkey_sign_in as service;

/// Nothing, or name and password where `second_factor_needed` was answered
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAsk {
    email: Option<String>,
    password: Option<String>,
}

/// What may be shown beside the password, or in its place
#[derive(Serialize, ToSchema)]
pub struct PasskeyChoice {
    /// None: this account has no passkey here.
    #[schema(required)]
    passkey: Option<PasskeyRequest>,
    /// Codes of an authenticator app. Recovery codes always are.
    app: bool,
}

/// Asks a browser for a passkey
#[utoipa::path(post, path = "/api/session/passkey", tag = "account", request_body = PasskeyAsk,
    responses((status = 200, body = PasskeyChoice), (status = 401, description = "`bad_credentials`"), (status = 403), (status = 422, description = "the server is reached by a number, not by a name"), (status = 429)))]
pub async fn begin_passkey_sign_in(
    State(app): State<App>,
    from: Origin,
    base: BaseUrl,
    headers: HeaderMap,
    Json(wanted): Json<PasskeyAsk>,
) -> ApiResult<Json<PasskeyChoice>> {
    not_from_elsewhere(&base, &headers)?;
    let site = Site::of(base.as_str());
    let (Some(email), Some(password)) = (wanted.email, wanted.password) else {
        let site = site?;
        let asked = service::ask_anybody(&app, &app.limits, &from).await?;
        return Ok(Json(PasskeyChoice {
            passkey: Some(PasskeyRequest::of(asked, &site)),
            app: false,
        }));
    };
    let site = site.ok();
    let typed = (email.as_str(), password.as_str(), site.as_ref());
    let choice = service::ask_known(&app, &app.passwords, &app.limits, typed, &from).await?;
    let passkey = choice.passkey.zip(site);
    Ok(Json(PasskeyChoice {
        passkey: passkey.map(|(asked, site)| PasskeyRequest::of(asked, &site)),
        app: choice.app,
    }))
}

/// Signs a browser in by a passkey
#[utoipa::path(post, path = "/api/session/passkey/confirm", tag = "account", request_body = PasskeyAnswer,
    responses((status = 200, body = Account), (status = 401, description = "`bad_credentials`"), (status = 403, description = "the account was deactivated"), (status = 429)))]
pub async fn confirm_passkey_sign_in(
    State(app): State<App>,
    (from, base): (Origin, BaseUrl),
    jar: Jar,
    headers: HeaderMap,
    Json(answer): Json<PasskeyAnswer>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    let site = Site::of(base.as_str())?;
    let bytes = AnswerBytes::of(&answer).map_err(SignInError::from)?;
    let (user, secret) = service::sign_in(&app, &app.limits, &site, bytes.read(), &from).await?;
    let cookie = signed_in(&app, &jar, &headers, &secret).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(Account::from(&user))))
}

//! Changing one's password, and setting a forgotten one.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::token::Secret;
use crate::domain::account::AccountError;
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::password::{self as service, ChangeError, Means};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one that counts now.
    old: String,
    /// 8 to 512 characters.
    new: String,
}

impl App {
    pub(in crate::http) fn password_means(&self) -> Means<'_> {
        Means {
            passwords: &self.passwords,
            limits: &self.limits,
            mailer: self.mailer.as_ref(),
        }
    }
}

/// Changes one's password; every other browser is signed out
#[utoipa::path(put, path = "/api/me/password", tag = "account", request_body = ChangePassword,
    responses((status = 204), (status = 401, description = "`bad_credentials`: the old one is wrong"), (status = 429)))]
pub async fn change_password(
    State(app): State<App>,
    member: Member,
    via: Via,
    Json(wanted): Json<ChangePassword>,
) -> ApiResult<StatusCode> {
    let typed = (wanted.old.as_str(), wanted.new.as_str());
    service::change(&app, app.password_means(), &member, typed, via.client).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgottenPassword {
    email: String,
}

/// Sends a link for a new password to an address, if somebody has it; the answer is the same for every address
#[utoipa::path(post, path = "/api/password-reset", tag = "account", request_body = ForgottenPassword,
    responses((status = 204), (status = 409, description = "`no_mail`: this server sends none"), (status = 429)))]
pub async fn forgot_password(
    State(app): State<App>,
    (via, base): (Via, BaseUrl),
    headers: HeaderMap,
    Json(wanted): Json<ForgottenPassword>,
) -> ApiResult<StatusCode> {
    not_from_elsewhere(&base, &headers)?;
    let Some(mailer) = &app.mailer else {
        return Err(ApiError::new(ProblemCode::NoMail).detail(
            "This server sends no mail. Whoever runs it can give you a link: aside-server user reset",
        ));
    };
    service::ask(&app, &app.limits, Some(mailer), &wanted.email, via.client)
        .map_err(|wait| ApiError::too_many("Too many mails were asked for from here.", wait))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// Of the link.
    token: String,
    /// 8 to 512 characters.
    password: String,
}

/// Sets a new password by a link, which works once; every browser is signed out
#[utoipa::path(post, path = "/api/password-reset/confirm", tag = "account", request_body = NewPassword,
    responses((status = 204), (status = 410, description = "`link_used`")))]
pub async fn reset_password(
    State(app): State<App>,
    base: BaseUrl,
    headers: HeaderMap,
    Json(wanted): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    not_from_elsewhere(&base, &headers)?;
    let secret = Secret::from_text(&wanted.token);
    let mailer = app.mailer.as_ref();
    service::reset(&app, &app.passwords, mailer, &secret, &wanted.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Wrong => Self::new(ProblemCode::BadCredentials).detail(error),
            ChangeError::NoPassword => Self::new(ProblemCode::Forbidden).detail(error),
            ChangeError::TooMany(wait) => {
                Self::too_many("Too many wrong passwords from here.", wait)
            }
            ChangeError::LinkUsed => Self::new(ProblemCode::LinkUsed).detail(error),
            ChangeError::New(
                cause @ (AccountError::PasswordTooShort | AccountError::PasswordTooLong),
            ) => Self::invalid("new", cause),
            ChangeError::New(cause) => cause.into(),
            ChangeError::Password(cause) => Self::internal(cause),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}

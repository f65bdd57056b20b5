//! Changing one's mail address.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::token::Secret;
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::mail_address::{self as service, ChangeError};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMail {
    email: String,
    /// One's password; not looked at for who has none.
    #[serde(default)]
    password: String,
}

/// Sends a link to the address that one wants to have; it is one's own once the link is followed
#[utoipa::path(post, path = "/api/me/mail", tag = "account", request_body = ChangeMail,
    responses((status = 204), (status = 401, description = "`bad_credentials`"), (status = 409, description = "`no_mail`: this server sends none"), (status = 429)))]
pub async fn change_mail(
    State(app): State<App>,
    member: Member,
    via: Via,
    Json(wanted): Json<ChangeMail>,
) -> ApiResult<StatusCode> {
    let typed = (wanted.email.as_str(), wanted.password.as_str());
    service::ask(&app, app.password_means(), &member, typed, via.client).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvedMail {
    /// Of the link.
    token: String,
}

/// An address that is one's own now.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailChanged {
    email: String,
}

/// Follows such a link
#[utoipa::path(post, path = "/api/mail-verification", tag = "account", request_body = ProvedMail,
    responses((status = 200, body = MailChanged), (status = 410, description = "`link_used`")))]
pub async fn verify_mail(
    State(app): State<App>,
    base: BaseUrl,
    headers: HeaderMap,
    Json(wanted): Json<ProvedMail>,
) -> ApiResult<Json<MailChanged>> {
    not_from_elsewhere(&base, &headers)?;
    let secret = Secret::from_text(&wanted.token);
    let email = service::confirm(&app, app.mailer.as_ref(), &secret).await?;
    Ok(Json(MailChanged {
        email: email.as_str().to_owned(),
    }))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NoMail => Self::new(ProblemCode::NoMail).detail(error),
            ChangeError::Same => Self::invalid("email", error),
            ChangeError::TooMany => Self::new(ProblemCode::TooManyRequests)
                .detail("Several mails went to this address a moment ago. Look there, or try again in a few minutes."),
            ChangeError::LinkUsed | ChangeError::Taken => {
                Self::new(ProblemCode::LinkUsed).detail(error)
            }
            ChangeError::Account(cause) => cause.into(),
            ChangeError::Password(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}

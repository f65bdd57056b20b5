//! Watching what is shared with a mail address, without an account.

use aside_protocol::id::Slug;
use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::cookie::{Jar, language_cookie};
use crate::domain::page_language::PageLanguage;
use crate::domain::token::Kind;
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Path};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::mailbox::{self as service, MailboxError};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForMailLink {
    email: String,
}

/// Sends a link to a mail address, if a recording is shared with it; the answer is the same for every address and recording
#[utoipa::path(post, path = "/api/watch/{slug}/mail-link", tag = "sharing", params(("slug" = String, Path)), request_body = AskForMailLink,
    responses((status = 204), (status = 409, description = "`no_mail`: this server sends none"), (status = 429)))]
pub async fn ask_for_mail_link(
    State(app): State<App>,
    (via, base): (Via, BaseUrl),
    Path(slug): Path<Slug>,
    headers: HeaderMap,
    Json(wanted): Json<AskForMailLink>,
) -> ApiResult<StatusCode> {
    not_from_elsewhere(&base, &headers)?;
    let Some(mailer) = &app.mailer else {
        return Err(ApiError::new(ProblemCode::NoMail).detail(
            "This server sends no mail. Ask whoever shared the recording for another way.",
        ));
    };
    let means = (&app.limits, &app.media_keys, mailer);
    let chosen = PageLanguage::of_choice(language_cookie(&headers));
    service::ask(&app, means, &slug, (&wanted.email, chosen), via.client)
        .map_err(|wait| ApiError::too_many("Too many mails were asked for from here.", wait))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvedMailbox {
    /// Of the link.
    token: String,
}

/// Where the recording is.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxOpened {
    slug: Slug,
}

/// Follows such a link: this browser may watch what is shared with the address, for thirty days
#[utoipa::path(post, path = "/api/mailbox", tag = "sharing", request_body = ProvedMailbox,
    responses((status = 200, body = MailboxOpened), (status = 410, description = "`link_used`")))]
pub async fn prove_mailbox(
    State(app): State<App>,
    (base, jar): (BaseUrl, Jar),
    headers: HeaderMap,
    Json(wanted): Json<ProvedMailbox>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    let guest = jar.read(&headers, Kind::Guest);
    let opened = service::open(&app, &app.media_keys, &wanted.token, guest.as_ref()).await?;
    let cookie = opened
        .secret
        .map(|secret| (header::SET_COOKIE, jar.set(Kind::Guest, &secret)));
    let body = Json(MailboxOpened { slug: opened.slug });
    Ok((AppendHeaders(cookie), body))
}

impl From<MailboxError> for ApiError {
    fn from(error: MailboxError) -> Self {
        match error {
            MailboxError::Ended => Self::new(ProblemCode::LinkUsed).detail(error),
            MailboxError::Store(cause) => cause.into(),
        }
    }
}

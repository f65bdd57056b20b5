//! Invitations, for who is invited. The secret comes in the body: addresses are written into logs.

use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::cookie::Jar;
use crate::auth::token::Secret;
use crate::domain::account::{Email, Role};
use crate::domain::people::InvitationState;
use crate::domain::token::Origin;
use crate::http::actor::not_from_elsewhere;
use crate::http::api::me::Account;
use crate::http::api::session::signed_in;
use crate::http::base_url::BaseUrl;
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::service::invitations::{self as service, AcceptError, Accepting};

/// What stands behind the `#` of the link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookAtInvitation {
    secret: String,
}

/// What who holds the link is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationTold {
    state: InvitationState,
    role: Role,
    /// Whose account it will be; null: they say one.
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    invited_by: Option<String>,
    expires_at: Timestamp,
}

/// What an invitation gives, and whether it still does
#[utoipa::path(post, path = "/api/invitation", tag = "people", request_body = LookAtInvitation,
    responses((status = 200, body = InvitationTold), (status = 404)))]
pub async fn look_at_invitation(
    State(app): State<App>,
    Json(asked): Json<LookAtInvitation>,
) -> ApiResult<Json<InvitationTold>> {
    let found = service::look(&app, &Secret::from_text(&asked.secret)).await?;
    let (invitation, state) = found.ok_or_else(ApiError::not_found)?;
    let open = state == InvitationState::Open;
    Ok(Json(InvitationTold {
        state,
        role: invitation.role,
        // Who finds an old link learns no address.
        email: invitation
            .email
            .as_ref()
            .filter(|_| open)
            .map(|email| Email::as_str(email).to_owned()),
        invited_by: invitation.inviter,
        expires_at: invitation.expires_at,
    }))
}

/// The account that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    secret: String,
    /// Where the invitation is for no address.
    #[serde(default)]
    email: Option<String>,
    name: String,
    /// 8 to 512 characters.
    password: String,
}

/// Makes the account that an invitation gives, and signs in. Of two at once one wins
#[utoipa::path(post, path = "/api/invitation/accept", tag = "people", request_body = AcceptInvitation,
    responses((status = 201, body = Account), (status = 404), (status = 410, description = "gone: used, taken back or expired"),
        (status = 422, description = "invalid, with the field")))]
pub async fn accept_invitation(
    State(app): State<App>,
    from: Origin,
    base: BaseUrl,
    jar: Jar,
    headers: HeaderMap,
    Json(wanted): Json<AcceptInvitation>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    let secret = Secret::from_text(&wanted.secret);
    let typed = Accepting {
        email: wanted.email.as_deref(),
        name: &wanted.name,
        password: &wanted.password,
    };
    let (user, session) = service::accept(&app, &app.passwords, &secret, typed, &from).await?;
    let cookie = signed_in(&app, &jar, &headers, &session).await?;
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie)],
        Json(Account::from(&user)),
    ))
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::NotFound => Self::not_found(),
            AcceptError::Over(_) => Self::new(ProblemCode::Gone).detail(error),
            AcceptError::Account(cause) => cause.into(),
            AcceptError::Store(cause) => cause.into(),
        }
    }
}

//! `POST /api/setup`: the first visitor becomes the owner.

use aside_protocol::problem::ProblemCode;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::me::Account;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::account::AccountError;
use crate::domain::sharing::Audience;
use crate::domain::token::{Kind, Origin};
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::service::account::{self, AccountNotMade, Typed};
use crate::service::sharing;

/// The first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    email: String,
    name: String,
    /// 8 to 512 characters.
    password: String,
    /// Who new recordings on this server are for; whoever has the link when it is not said.
    #[serde(default)]
    audience: Option<Audience>,
}

/// Makes the first account, and signs in. Of two visitors at once one wins.
#[utoipa::path(post, path = "/api/setup", tag = "account", request_body = Setup,
    responses((status = 201, body = Account), (status = 409, description = "`already_set_up`", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn set_up(
    State(app): State<App>,
    from: Origin,
    base: BaseUrl,
    jar: Jar,
    headers: HeaderMap,
    Json(wanted): Json<Setup>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    let typed = Typed {
        email: &wanted.email,
        name: &wanted.name,
        password: &wanted.password,
    };
    let (user, secret) = account::set_up(&app, &app.passwords, typed, &from).await?;
    if let Some(audience) = wanted.audience {
        sharing::set_server_default(&app, &user, audience).await?;
    }
    let cookie = jar.set(Kind::Session, &secret);
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie)],
        Json(Account::from(&user)),
    ))
}

impl From<AccountNotMade> for ApiError {
    fn from(error: AccountNotMade) -> Self {
        match error {
            AccountNotMade::AlreadySetUp => Self::new(ProblemCode::AlreadySetUp).detail(error),
            AccountNotMade::Account(cause) => cause.into(),
            AccountNotMade::Duplicate(_) => Self::invalid("email", error),
            AccountNotMade::Password(cause) => Self::internal(cause),
            AccountNotMade::Store(cause) => cause.into(),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        let field = match error {
            AccountError::Email => "email",
            AccountError::Name => "name",
            AccountError::PasswordTooShort | AccountError::PasswordTooLong => "password",
        };
        Self::invalid(field, error)
    }
}

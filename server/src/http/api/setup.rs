//! `POST /api/setup`: the first visitor becomes the owner.

use aside_protocol::id::UserId;
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
use crate::domain::account::{AccountError, Email, Password, Role, User, clean_name};
use crate::http::actor::not_from_elsewhere;
use crate::http::base_url::BaseUrl;
use crate::http::extract::Json;
use crate::http::{ApiError, ApiResult};
use crate::store::Tx;

/// The first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    email: String,
    name: String,
    /// 8 to 512 characters.
    password: String,
}

/// Makes the first account, and signs in. Of two visitors at once one wins.
#[utoipa::path(post, path = "/api/setup", tag = "account", request_body = Setup,
    responses((status = 201, body = Account), (status = 409, description = "`already_set_up`", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn set_up(
    State(app): State<App>,
    base: BaseUrl,
    jar: Jar,
    headers: HeaderMap,
    Json(wanted): Json<Setup>,
) -> ApiResult<impl IntoResponse> {
    not_from_elsewhere(&base, &headers)?;
    if !app.store.is_empty().await? {
        return Err(already());
    }
    let user = User {
        id: UserId::new(app.now(), app.id_entropy()),
        email: wanted.email.parse::<Email>()?,
        name: clean_name(&wanted.name)?,
        role: Role::Owner,
        created_at: app.now(),
    };
    let password = Password::new(&wanted.password)?;
    let hash = app
        .passwords
        .hash(password, &*app.entropy)
        .await
        .map_err(ApiError::internal)?;
    let (_, secret) = app
        .store
        .write(async |tx: &mut Tx| -> ApiResult<_> {
            if !tx.insert_setting(SETUP, &user.id.to_string()).await? || tx.any_user().await? {
                return Err(already());
            }
            tx.insert_user(&user, Some(&hash)).await?;
            Ok(issue::token(&app, tx, Kind::Session, Some(user.id), "browser").await?)
        })
        .await?;
    tracing::info!(user.id = %user.id, "{} became the owner of this server", user.id);
    let cookie = jar.set(Kind::Session, &secret);
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie)],
        Json(Account::from(&user)),
    ))
}

/// The setting that says who came first. Two visitors at once cannot both write it.
const SETUP: &str = "set_up_by";

fn already() -> ApiError {
    ApiError::new(ProblemCode::AlreadySetUp)
        .detail("Somebody set this server up already. Sign in, or ask its owner for an account.")
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

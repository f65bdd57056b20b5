//! One's own API and device tokens.

use aside_protocol::id::TokenId;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::account::clean_name;
use crate::domain::token::{Kind, Scope, Scopes, Token, TokenError};
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::service::token::{ForProgram, MakeError, end_of, make_for_program, named, revoke};

/// A token as its owner sees it: never the secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenInfo {
    id: TokenId,
    /// `api`, or `device` for a recorder that signed in with a code.
    kind: TokenKind,
    name: String,
    created_at: Timestamp,
    /// To the hour.
    #[schema(required)]
    last_used_at: Option<Timestamp>,
    /// What a program may do with it; none: whatever its person may.
    #[schema(required)]
    scopes: Option<Vec<Scope>>,
    /// None: until it is ended.
    #[schema(required)]
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    Api,
    Device,
}

impl From<Token> for TokenInfo {
    fn from(token: Token) -> Self {
        let kind = if token.kind == Kind::Device {
            TokenKind::Device
        } else {
            TokenKind::Api
        };
        Self {
            id: token.id,
            kind,
            name: token.name,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            scopes: token.scopes.listed().map(<[Scope]>::to_vec),
            expires_at: token.expires_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    tokens: Vec<TokenInfo>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    name: String,
    /// What a program may do with it: `read`, `comment`, `record`, `manage`, none of which is part of another. Not said: whatever its
    /// person may, in their place.
    #[serde(default)]
    scopes: Option<Vec<Scope>>,
    /// 1 to 3650; not said: it works until it is ended. One that is made with a token works no longer than that.
    #[serde(default)]
    expires_in_days: Option<u32>,
}

/// A new token; its secret is shown this once.
#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    id: TokenId,
    name: String,
    token: String,
    #[schema(required)]
    scopes: Option<Vec<Scope>>,
    #[schema(required)]
    expires_at: Option<Timestamp>,
}

/// One's own tokens, newest first.
#[utoipa::path(get, path = "/api/tokens", tag = "account", responses((status = 200, body = TokenList)))]
pub async fn list_tokens(State(app): State<App>, member: Member) -> ApiResult<Json<TokenList>> {
    let tokens = named(&app, member.user.id).await?;
    Ok(Json(TokenList {
        tokens: tokens.into_iter().map(TokenInfo::from).collect(),
    }))
}

/// Makes a token for a program.
#[utoipa::path(post, path = "/api/tokens", tag = "account", request_body = NewToken, 
    responses((status = 201, body = TokenMade), (status = 422, description = "invalid, with the field")))]
pub async fn make_token(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<NewToken>,
) -> ApiResult<(StatusCode, Json<TokenMade>)> {
    let name = clean_name(&wanted.name)?;
    let scopes = match wanted.scopes {
        Some(scopes) => Scopes::only(&scopes).ok_or(TokenError::NoScope)?,
        None => Scopes::EVERYTHING,
    };
    let wanted = ForProgram {
        name,
        scopes,
        days: wanted.expires_in_days,
        // A token that ends makes none that outlives it.
        at_most: end_of(&app, member.user.id, member.token).await?,
    };
    let (token, secret) = make_for_program(&app, member.user.id, &wanted).await?;
    Ok((
        StatusCode::CREATED,
        Json(TokenMade {
            id: token.id,
            name: token.name,
            token: secret.reveal().to_owned(),
            scopes: token.scopes.listed().map(<[Scope]>::to_vec),
            expires_at: token.expires_at,
        }),
    ))
}

/// Revokes a token at once.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "account", params(("id" = TokenId, Path,)), responses((status = 204)))]
pub async fn revoke_token(
    State(app): State<App>,
    member: Member,
    Path(id): Path<TokenId>,
) -> ApiResult<StatusCode> {
    if revoke(&app, id, member.user.id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::invalid(error.field(), error)
    }
}

impl From<MakeError> for ApiError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Token(cause) => cause.into(),
            MakeError::Store(cause) => cause.into(),
        }
    }
}

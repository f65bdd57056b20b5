//! What handlers ask of a request: who asks, and a body that is what it claims to be. Every
//! rejection is a problem.

use aside_protocol::id::{Slug, TokenId};
use aside_protocol::problem::ProblemCode;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::forwarded::Via;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::access::Viewer;
use crate::domain::account::User;

/// Who asks. Resolved once by the route's policy.
#[derive(Debug, Clone)]
pub enum Actor {
    Anonymous,
    Guest(Guest),
    Member(Member),
}

/// Somebody who gave a name and got a guest cookie for it.
#[derive(Debug, Clone)]
pub struct Guest {
    pub id: TokenId,
    pub name: String,
}

/// A person with an account, and by which token they are known.
#[derive(Debug, Clone)]
pub struct Member {
    pub user: User,
    pub token: TokenId,
}

impl Actor {
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Member(member) => Some(&member.user),
            _ => None,
        }
    }

    /// The name by which whoever asks is known; none for somebody new.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Guest(guest) => Some(&guest.name),
            Self::Member(member) => Some(&member.user.name),
        }
    }

    /// For [`crate::domain::access::decide`].
    pub fn viewer(&self) -> Viewer {
        match self {
            Self::Anonymous => Viewer::Anonymous,
            Self::Guest(guest) => Viewer::Guest(guest.id),
            Self::Member(member) => member.viewer(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::internal("the policy of this route resolves no actor"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Actor::from_request_parts(parts, state).await? {
            Actor::Member(member) => Ok(member),
            _ => Err(ApiError::new(ProblemCode::Unauthenticated)),
        }
    }
}

impl Member {
    /// For [`crate::domain::access::decide`].
    pub fn viewer(&self) -> Viewer {
        Viewer::from(&self.user)
    }
}

/// The cookies this client gets.
impl FromRequestParts<App> for Jar {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let via = Via::from_request_parts(parts, app).await?;
        jar(app, &via).await
    }
}

/// The cookies of this server for a request that came like this.
pub(super) async fn jar(app: &App, via: &Via) -> Result<Jar, ApiError> {
    let key = app.media_keys.get(app).await?;
    Ok(Jar {
        tag: key.tag(),
        https: via.https || app.config.is_https(),
    })
}

/// After which number whoever reads the events of the link's recording misses none. Stands before the recording in the
/// arguments of a handler, so that it is read first: then the page hears again of what changes meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct NewestEvent(pub i64);

impl FromRequestParts<App> for NewestEvent {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(slug) = Path::<Slug>::from_request_parts(parts, app).await?;
        Ok(Self(app.store.newest_event_of(&slug).await?))
    }
}

/// A JSON body; 415, 413, 400 or 422 as problems when it is not one.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

impl<T: serde::Serialize> axum::response::IntoResponse for Json<T> {
    fn into_response(self) -> axum::response::Response {
        axum::Json(self.0).into_response()
    }
}

/// The parameters in the path. What cannot be one (a slug with a slash, an id that is no UUID) is
/// nothing that exists: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(ApiError::not_found()),
            Err(other) => Err(ApiError::internal(other)),
        }
    }
}

/// `If-Match` with the version that is to be changed, such as `"3"`; none when it is not sent, or is `*`.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(field) = parts.headers.get(axum::http::header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = field.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let version = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .and_then(|text| text.parse().ok());
        match version {
            Some(version) => Ok(Self(Some(version))),
            None => Err(ApiError::new(ProblemCode::BadRequest)
                .detail("If-Match is one version in quotes, such as \"3\".")),
        }
    }
}

/// The query string.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ProblemCode::BadRequest).detail(rejection.body_text())
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        if super::body::is_stalled(&rejection) {
            return super::body::stalled();
        }
        let code = match &rejection {
            JsonRejection::MissingJsonContentType(_) => ProblemCode::UnsupportedMediaType,
            JsonRejection::JsonDataError(_) => ProblemCode::Invalid,
            JsonRejection::BytesRejection(inner)
                if inner.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE =>
            {
                ProblemCode::TooLarge
            }
            _ => ProblemCode::BadRequest,
        };
        Self::new(code).detail(rejection.body_text())
    }
}

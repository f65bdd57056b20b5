//! What handlers ask of a request: who asks, and a body that is what it claims to be. Every
//! rejection is a problem.

use aside_protocol::id::Slug;
use aside_protocol::problem::ProblemCode;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::actor::{admit, jar};
use super::error::ApiError;
use super::forwarded::Via;
use crate::app::App;
use crate::auth::cookie::Jar;
use crate::domain::capability::Pass;
use crate::domain::device_name::browser;
use crate::domain::token::Origin;
use crate::service::actor::{self, Presented};
pub use crate::service::actor::{Actor, Guest, Member};

/// Who asks: resolved by the route's policy, by the recording that was asked for, or now.
impl FromRequestParts<App> for Actor {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(actor) = parts.extensions.get::<Self>() {
            return Ok(actor.clone());
        }
        let actor = actor::resolve(app, &presented(parts)?).await?;
        admit(app, parts, &actor)?;
        parts.extensions.insert(actor.clone());
        Ok(actor)
    }
}

/// The tokens that the request shows; put there by the route's policy.
pub(super) fn presented(parts: &Parts) -> Result<Presented, ApiError> {
    parts
        .extensions
        .get::<Presented>()
        .cloned()
        .ok_or_else(|| ApiError::internal("the policy of this route asks for no tokens"))
}

impl FromRequestParts<App> for Presented {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        presented(parts)
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        match Actor::from_request_parts(parts, app).await? {
            Actor::Member(member) => Ok(member),
            _ => Err(ApiError::new(ProblemCode::Unauthenticated)),
        }
    }
}

/// The pass that the request shows for the recording behind a link.
pub(super) async fn pass(parts: &Parts, app: &App, slug: &Slug) -> Result<Option<Pass>, ApiError> {
    let Some(via) = parts.extensions.get::<Via>() else {
        return Ok(None);
    };
    let jar = jar(app, via).await?;
    let Some(text) = jar.read_pass(&parts.headers, slug) else {
        return Ok(None);
    };
    Ok(app.media_keys.get(app).await?.verify_pass(text, app.now()))
}

/// The link in the path, and the pass that the request shows for it.
#[derive(Debug)]
pub struct ByLink {
    pub slug: Slug,
    pub pass: Option<Pass>,
}

impl FromRequestParts<App> for ByLink {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(slug) = Path::<Slug>::from_request_parts(parts, app).await?;
        let pass = pass(parts, app, &slug).await?;
        Ok(Self { slug, pass })
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

/// From where a browser signs in.
impl FromRequestParts<App> for Origin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let via = Via::from_request_parts(parts, app).await?;
        let says = parts.headers.get(axum::http::header::USER_AGENT);
        let says = says.and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Self {
            device: browser(says),
            address: via.client,
        })
    }
}

/// After which number whoever reads the events of the link's recording misses none. Read together with the recording, which
/// therefore stands before it in the arguments of a handler.
#[derive(Debug, Clone, Copy)]
pub struct NewestEvent(pub i64);

impl FromRequestParts<App> for NewestEvent {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let newest = parts.extensions.get::<Self>().copied();
        newest.ok_or_else(|| ApiError::internal("the recording was not asked for by its link"))
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

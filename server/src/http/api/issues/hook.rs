//! `POST /hooks/{destination}`: what a tracker or Slack tells by a webhook.

use aside_protocol::problem::ProblemCode;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::domain::outbound::DestinationId;
use crate::http::extract::Path;
use crate::http::{ApiError, ApiResult};
use crate::service::outbound::issues::hook::{RefusedHook, take};

pub async fn take_hook(
    State(app): State<App>,
    Path(id): Path<DestinationId>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Response> {
    let read = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    Ok(match take(&app, id, read, &body).await? {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(word) => ([(header::CONTENT_TYPE, "text/plain")], word).into_response(),
    })
}

impl From<RefusedHook> for ApiError {
    fn from(error: RefusedHook) -> Self {
        match error {
            RefusedHook::Forged => Self::new(ProblemCode::Forbidden).detail(error),
            RefusedHook::Stale | RefusedHook::Replayed | RefusedHook::Shape => {
                Self::new(ProblemCode::Invalid).detail(error)
            }
            RefusedHook::Store(cause) => cause.into(),
        }
    }
}

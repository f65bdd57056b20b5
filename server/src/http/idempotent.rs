//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that creates something is carried out once, however often
//! it is sent, and every time gets the first answer. Where the server fails behind its commit, the key is free all the same, and what
//! is sent again is done again (decision 78).

use std::error::Error as _;

use aside_protocol::problem::ProblemCode;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::LengthLimitError;
use tracing::{Instrument as _, Span};

use super::body::{MAX_COMMENT, is_stalled, stalled};
use super::error::ApiError;
use super::extract::presented;
use crate::app::App;
use crate::service::actor::{Actor, resolve};
use crate::service::idempotency::{self, Kept, KeyError, Request as Sent, Turn};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// In characters.
const LONGEST: usize = 255;

/// Where it is looked at: what answers with a secret is not kept.
const ROUTES: [&str; 6] = [
    "/api/watch/{slug}/comments",
    "/api/watch/{slug}/comments/{comment}/reactions",
    "/api/watch/{slug}/reactions",
    "/api/watch/{slug}/marks",
    "/api/watch/{slug}/issues",
    "/api/folders",
];

/// Whether the request is to be carried out once.
pub(super) fn wanted(parts: &Parts, path: &str) -> bool {
    parts.method == axum::http::Method::POST
        && ROUTES.contains(&path)
        && parts.headers.contains_key(KEY)
}

/// The first answer to this request.
pub(super) async fn answer(app: &App, parts: Parts, body: Body, next: Next) -> Response {
    match carry_out(app, parts, body, next).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    }
}

async fn carry_out(app: &App, parts: Parts, body: Body, next: Next) -> Result<Response, ApiError> {
    let key = parts.headers.get(KEY).and_then(|key| key.to_str().ok());
    let key = key.map(|key| key.trim().trim_matches('"').to_owned());
    let key = key.filter(|key| !key.is_empty() && key.len() <= LONGEST);
    let key = key.ok_or_else(|| {
        ApiError::new(ProblemCode::BadRequest).detail(format!(
            "Idempotency-Key is 1 to {LONGEST} visible characters, such as a UUID."
        ))
    })?;
    let actor = match parts.extensions.get::<Actor>() {
        Some(actor) => actor.clone(),
        None => resolve(app, &presented(&parts)?).await?,
    };
    let token = match &actor {
        Actor::Member(member) => member.token,
        // Keys are rows: who needs no account for a request must not be able to make many of them.
        Actor::Guest(_) | Actor::Anonymous => {
            return Ok(next.run(Request::from_parts(parts, body)).await);
        }
    };
    let bytes = to_bytes(body, MAX_COMMENT).await.map_err(|error| {
        if is_stalled(&error) {
            return stalled();
        }
        if error.source().is_some_and(|it| it.is::<LengthLimitError>()) {
            return ApiError::new(ProblemCode::TooLarge);
        }
        ApiError::new(ProblemCode::BadRequest).detail(error)
    })?;
    let sent = Sent {
        token,
        key,
        digest: idempotency::digest(parts.uri.path(), &bytes),
    };
    match idempotency::begin(app, &sent).await? {
        Turn::Kept(kept) => return Ok(replay(kept)),
        Turn::First => {}
    }
    // It goes on although the client goes away: that is when the client asks again.
    let request = Request::from_parts(parts, Body::from(bytes));
    let work = {
        let (app, sent) = (app.clone(), sent.clone());
        async move {
            let response = next.run(request).await;
            keep(&app, &sent, response).await
        }
    };
    let work = tokio::spawn(work.instrument(Span::current()));
    match work.await {
        Ok(answered) => answered,
        Err(panicked) => {
            idempotency::end(app, &sent, None).await?;
            Err(ApiError::internal(panicked))
        }
    }
}

/// Whether an answer is given again. What was refused did nothing, and what the server failed at is to be sent once more: their keys
/// are free.
fn is_kept(status: StatusCode) -> bool {
    !status.is_client_error() && !status.is_server_error()
}

/// Keeps the answer of what was done. It is given whether or not it can be kept.
async fn keep(app: &App, sent: &Sent, response: Response) -> Result<Response, ApiError> {
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await;
    let bytes = bytes.map_err(ApiError::internal)?;
    let kind = head.headers.get(header::CONTENT_TYPE);
    let kept = is_kept(head.status).then(|| Kept {
        status: head.status.as_u16(),
        content_type: kind.and_then(|it| it.to_str().ok()).map(str::to_owned),
        body: bytes.to_vec(),
    });
    if let Err(cause) = idempotency::end(app, sent, kept).await {
        tracing::error!(%cause, "an Idempotency-Key stays taken for ten minutes: {cause}");
    }
    Ok(Response::from_parts(head, Body::from(bytes)))
}

fn replay(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let kind = kept.content_type.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(kind)) = kind {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Other => Self::new(ProblemCode::KeyReused).detail(error),
            KeyError::Unanswered => Self::new(ProblemCode::KeyInUse)
                .detail(error)
                .retry_after(1),
            KeyError::Store(cause) => cause.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_what_was_done_is_given_again() {
        for (status, kept) in [
            (StatusCode::OK, true),
            (StatusCode::CREATED, true),
            (StatusCode::ACCEPTED, true),
            (StatusCode::FORBIDDEN, false),
            (StatusCode::UNPROCESSABLE_ENTITY, false),
            (StatusCode::TOO_MANY_REQUESTS, false),
            (StatusCode::INTERNAL_SERVER_ERROR, false),
            (StatusCode::SERVICE_UNAVAILABLE, false),
            (StatusCode::INSUFFICIENT_STORAGE, false),
        ] {
            assert_eq!(is_kept(status), kept, "{status}");
        }
    }
}

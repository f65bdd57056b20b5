//! Every error a client sees is a problem (RFC 9457) with a stable code.
//!
//! Which error type where: handlers answer [`ApiResult`]; `?` turns domain and store errors into
//! [`ApiError`]. What the client cannot help is `internal`, is logged once here, and tells nothing.

use std::any::Any;

use aside_protocol::problem::{Problem, ProblemCode};
use aside_protocol::upload::TrackRanges;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::access::Refusal;
use crate::objects::ObjectError;
use crate::service::actor::ActorError;
use crate::service::gate::{AskError, GateError};
use crate::service::{StorageError, StoreError};

/// An error on its way to the client.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    /// Seconds.
    retry_after: Option<u64>,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: ProblemCode) -> Self {
        Self {
            problem: Box::new(Problem::new(code)),
            retry_after: None,
        }
    }

    /// What happened this time, what is safe, what to do.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.problem.detail = Some(detail.to_string());
        self
    }

    /// A field that is wrong: 422 `invalid`.
    pub fn invalid(field: &str, detail: impl std::fmt::Display) -> Self {
        let mut error = Self::new(ProblemCode::Invalid).detail(detail);
        error.problem.field = Some(field.to_owned());
        error
    }

    /// Somebody else has changed it since: 412.
    pub fn other_version(now: i64) -> Self {
        Self::new(ProblemCode::VersionConflict).detail(format!(
            "It was changed meanwhile (it is at version {now} now). Nothing was overwritten. Look at it again, then change it."
        ))
    }

    /// A token that may not do this; with the scope that it would need.
    fn scope(needed: Option<&str>) -> Self {
        let mut error = Self::new(ProblemCode::InsufficientScope);
        error.problem.scope = needed.map(str::to_owned);
        error
    }

    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound)
    }

    /// What the client cannot help. Logs the cause; tells the client nothing about it.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed: {cause}");
        Self::new(ProblemCode::Internal)
            .detail("The server could not do this. Nothing was lost; try again in a moment.")
    }

    #[must_use]
    pub fn missing(mut self, missing: Vec<TrackRanges>) -> Self {
        self.problem.missing = missing;
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Status line and body for a connection that is turned away before it is read.
    pub(super) fn too_many_connections() -> (&'static str, String) {
        let problem = Problem::new(ProblemCode::Unavailable)
            .detail("Too many connections are open from your address. Close some pages, or try again in a moment.");
        let body = serde_json::to_string(&problem).unwrap_or_default();
        ("503 Service Unavailable", body)
    }

    /// 429 with `Retry-After`. `what` is the sentence before the one that says how long to wait.
    pub fn too_many(what: &str, wait: std::time::Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        Self::new(ProblemCode::TooManyRequests)
            .detail(format!("{what} Try again in {seconds} s."))
            .retry_after(seconds)
    }

    pub fn code(&self) -> ProblemCode {
        self.problem.code
    }

    pub fn no_database() -> Self {
        Self::new(ProblemCode::Unavailable)
            .detail(
                "The server's database does not answer. Nothing was lost; try again in a moment.",
            )
            .retry_after(5)
    }

    pub fn storage_full() -> Self {
        Self::new(ProblemCode::StorageFull)
            .detail("The server has no space left for this. What was sent before is safe; make room on the server, and the upload goes on.")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.problem.code == ProblemCode::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // RFC 6750 §3.1
        if let Some(scope) = &self.problem.scope
            && let Ok(value) = HeaderValue::from_str(&format!(
                "Bearer error=\"insufficient_scope\", scope=\"{scope}\""
            ))
        {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // Exactly like what does not exist.
            Refusal::Hidden => Self::not_found(),
            told => Self::new(told.code()).detail(told),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        (&error).into()
    }
}

impl From<&StoreError> for ApiError {
    fn from(error: &StoreError) -> Self {
        if error.is_storage_full() {
            tracing::error!("no space left for the database");
            return Self::storage_full();
        }
        if error.is_unavailable() {
            tracing::error!(cause = %error, "the database does not answer: {error}");
            return Self::no_database();
        }
        Self::internal(error)
    }
}

impl From<ObjectError> for ApiError {
    fn from(error: ObjectError) -> Self {
        if let ObjectError::Full = error {
            tracing::error!("no space left for objects");
            return Self::storage_full();
        }
        Self::internal(error)
    }
}

impl From<GateError> for ApiError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::NotFound => Self::not_found(),
            GateError::Refused(refusal) => refusal.into(),
            GateError::Store(cause) => cause.into(),
        }
    }
}

impl From<ActorError> for ApiError {
    fn from(error: ActorError) -> Self {
        match error {
            ActorError::BadToken => Self::new(ProblemCode::Unauthenticated).detail(error),
            ActorError::TooLittle(scope) => Self::scope(Some(scope.as_str())).detail(error),
            ActorError::NoScope => Self::scope(None).detail(error),
            ActorError::Store(cause) => cause.into(),
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Gate(cause) => cause.into(),
            AskError::Actor(cause) => cause.into(),
            AskError::Store(cause) => cause.into(),
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Store(cause) => cause.into(),
            StorageError::Objects(cause) => cause.into(),
        }
    }
}

/// A panic in a handler: the connection lives on, the client gets a problem.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands it over like this"
)]
pub(super) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| cause.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    ApiError::internal(format!("panic: {text}")).into_response()
}

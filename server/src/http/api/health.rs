//! `GET /healthz`: for whoever watches the process.

use axum::extract::State;

use crate::app::App;
use crate::http::ApiError;
use aside_protocol::problem::ProblemCode;

/// 200 `ok` when the database answers, else 503.
pub async fn healthz(State(app): State<App>) -> Result<&'static str, ApiError> {
    match app.store.ping().await {
        Ok(()) => Ok("ok\n"),
        Err(cause) => {
            tracing::error!(%cause, "health: the database does not answer");
            Err(ApiError::new(ProblemCode::Unavailable)
                .detail("The database does not answer.")
                .retry_after(5))
        }
    }
}

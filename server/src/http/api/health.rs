//! `GET /healthz`: for whoever watches the process.

use std::sync::PoisonError;
use std::time::Duration;

use axum::extract::State;

use crate::app::App;
use crate::http::ApiError;
use crate::service::health::{self as service, database};
use aside_protocol::problem::ProblemCode;

/// Whoever watches the process does not wait for the retries of a bucket's client.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Everybody may ask; a bucket is not asked each time.
const REMEMBERED: Duration = Duration::from_secs(5);

/// 200 `ok` when the database answers and the object store is the one that belongs to it, else 503.
pub async fn healthz(State(app): State<App>) -> Result<&'static str, ApiError> {
    let unavailable = |detail: &str| {
        ApiError::new(ProblemCode::Unavailable)
            .detail(detail)
            .retry_after(5)
    };
    if let Err(cause) = database(&app).await {
        tracing::error!(%cause, "health: the database does not answer");
        return Err(unavailable("The database does not answer."));
    }
    match objects_belong(&app).await {
        Some(true) => Ok("ok\n"),
        Some(false) => Err(unavailable(
            "The object store was emptied, exchanged or is not mounted.",
        )),
        None => Err(unavailable("The object store does not answer.")),
    }
}

/// Whether the object store carries the id of the database, or gets it again now; none when it does not say.
async fn objects_belong(app: &App) -> Option<bool> {
    let seen = *app
        .objects_seen
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let now = app.now();
    if let Some((_, belongs)) = seen.filter(|(at, _)| (*at..at.plus(REMEMBERED)).contains(&now)) {
        return Some(belongs);
    }
    let asked = service::objects_belong(app);
    let belongs = match tokio::time::timeout(ANSWER_WITHIN, asked).await {
        Ok(Ok(belongs)) => Some(belongs),
        Ok(Err(cause)) => {
            tracing::error!(%cause, "health: the object store does not answer: {cause}");
            None
        }
        Err(_) => None,
    };
    if belongs == Some(false) {
        tracing::error!("health: the object store does not carry the id of this database");
    }
    *app.objects_seen
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = belongs.map(|belongs| (now, belongs));
    belongs
}

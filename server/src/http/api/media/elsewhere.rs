//! Single parts that others send: the bucket by a signed link, or nginx from its disk. Here is decided who may have them,
//! and that they are there.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::domain::media_delivery::MediaDelivery;
use crate::objects::{ObjectError, ObjectKey};

/// How long a signed link is valid: a recording that is closed can be read by it for so long.
const VALID: Duration = Duration::from_secs(300);
/// How long a browser may use it again, in seconds.
const REUSED: u64 = 120;
const ACCEL_REDIRECT: HeaderName = HeaderName::from_static("x-accel-redirect");

/// The answer that sends the client, or nginx, to the object; none where the server sends the bytes itself.
pub(super) async fn elsewhere(
    app: &App,
    key: &ObjectKey,
    size: u64,
) -> Result<Option<Response>, Arc<ObjectError>> {
    let response = match &app.config.media {
        MediaDelivery::Server => return Ok(None),
        MediaDelivery::Presigned => {
            present(app, key, size).await?;
            let Some(url) = app.objects.signed_url(key, VALID).await.map_err(Arc::new)? else {
                return Ok(None);
            };
            let headers = [
                (header::LOCATION, url.to_string()),
                (header::CACHE_CONTROL, format!("private, max-age={REUSED}")),
            ];
            (StatusCode::FOUND, headers).into_response()
        }
        MediaDelivery::AccelRedirect(place) => {
            present(app, key, size).await?;
            let headers = [
                (ACCEL_REDIRECT, format!("{place}{}", key.path())),
                (header::CONTENT_TYPE, key.content_type().to_owned()),
            ];
            (StatusCode::OK, headers).into_response()
        }
    };
    Ok(Some(response))
}

/// Fails when the object is missing or has another length than its row says: nginx and buckets would answer 404, which
/// tells a player that the recording is gone. Asked once in a while for all who load the part.
async fn present(app: &App, key: &ObjectKey, size: u64) -> Result<(), Arc<ObjectError>> {
    let found = app
        .present
        .try_get_with(*key, app.objects.size(key))
        .await?;
    if found == size {
        Ok(())
    } else {
        Err(Arc::new(ObjectError::NotFound(key.to_string())))
    }
}

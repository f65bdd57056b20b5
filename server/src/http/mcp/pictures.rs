//! Tools that show pictures.

use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use serde_json::json;

use super::arguments::{Format, Frame, One, read};
use super::ask::{Asking, Refused};
use super::told;

/// Pixels in width where nothing is said: small text can be read, and the picture still fits into a message.
const USUAL_WIDTH: u32 = 1280;

/// The picture that is shown at a moment.
pub(super) async fn frame(api: &Asking, arguments: JsonObject) -> Result<CallToolResult, Refused> {
    let wanted: Frame = read(arguments)?;
    let ending = match wanted.format.unwrap_or(Format::Png) {
        Format::Png => "png",
        Format::Jpeg => "jpg",
    };
    let (slug, at_ms) = (wanted.recording.0, wanted.at_ms);
    let width = wanted.max_width.unwrap_or(USUAL_WIDTH);
    let path = format!("/api/watch/{slug}/frames/{at_ms}.{ending}?width={width}");
    let file = api.send(Method::GET, &path, Body::empty()).await?;
    let picture = ContentBlock::image(STANDARD.encode(&file.bytes), file.content_type.clone());
    let known = json!({ "recording": slug, "at_ms": at_ms, "content_type": file.content_type });
    let mut result = told(
        known,
        json!("the picture: what is to be seen and read on it"),
    );
    result.content.insert(0, picture);
    Ok(result)
}

/// Moments at which the picture changed.
pub(super) async fn key_frames(
    api: &Asking,
    arguments: JsonObject,
) -> Result<CallToolResult, Refused> {
    let One { recording } = read(arguments)?;
    let path = format!("/api/watch/{}/frames", recording.0);
    let found = api.get(&path).await?;
    Ok(CallToolResult::structured(
        json!({ "recording": recording.0, "at_ms": found["moments"] }),
    ))
}

//! The tool that writes.

use rmcp::model::{CallToolResult, JsonObject};
use serde_json::json;

use super::arguments::{Write, read};
use super::ask::{Asking, Refused};

/// Writes a comment, which is marked as an agent's.
pub(super) async fn comment(
    api: &Asking,
    arguments: JsonObject,
) -> Result<CallToolResult, Refused> {
    let wanted: Write = read(arguments)?;
    let body = json!({
        "at_ms": wanted.at_ms.unwrap_or(0), "end_ms": wanted.end_ms, "parent_id": wanted.reply_to, "body": wanted.text,
    });
    let path = format!("/api/watch/{}/comments", wanted.recording.0);
    let made = api.post(&path, &body).await?;
    Ok(CallToolResult::structured(json!({
        "comment": made["id"], "at_ms": made["at_ms"], "end_ms": made["end_ms"], "reply_to": made["parent_id"],
        "by_agent": made["author"]["agent"],
    })))
}

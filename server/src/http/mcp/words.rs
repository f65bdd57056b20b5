//! Tools that read what was said and written.

use rmcp::model::{CallToolResult, JsonObject};
use serde_json::{Value, json};

use super::arguments::{OfComment, One, Stretch, read};
use super::ask::{Asking, Refused, internal};
use super::told;
use crate::domain::spoken::sentences;
use crate::domain::transcript::Word;

/// Characters of a transcript in one answer; the rest is asked for by its time.
const MAX_LETTERS: usize = 60_000;

/// What was said, by sentences with times.
pub(super) async fn transcript(
    api: &Asking,
    arguments: JsonObject,
) -> Result<CallToolResult, Refused> {
    let wanted: Stretch = read(arguments)?;
    let path = format!("/api/watch/{}/transcript", wanted.recording.0);
    let mut found = api.get(&path).await?;
    let words: Vec<Word> = serde_json::from_value(found["words"].take())
        .map_err(|_| internal("words are other than described"))?;
    let (from, to) = (
        wanted.from_ms.unwrap_or(0),
        wanted.to_ms.unwrap_or(u64::MAX),
    );
    let (mut length, mut next) = (0, None);
    let mut said = Vec::new();
    for sentence in sentences(&words) {
        // One that ends exactly where this begins was told in the answer before.
        let before = sentence.end_ms <= from && sentence.start_ms < from;
        if before || sentence.start_ms > to {
            continue;
        }
        length += sentence.text.len();
        if length > MAX_LETTERS && !said.is_empty() {
            next = Some(sentence.start_ms);
            break;
        }
        said.push(sentence);
    }
    let known = json!({
        "recording": wanted.recording.0, "state": found["state"], "done_ms": found["done_ms"], "language": found["language"],
        "next_from_ms": next,
    });
    Ok(told(known, json!({ "sentences": said })))
}

/// What was written, thread by thread.
pub(super) async fn comments(
    api: &Asking,
    arguments: JsonObject,
) -> Result<CallToolResult, Refused> {
    let One { recording } = read(arguments)?;
    let found = api
        .get(&format!("/api/watch/{}/comments", recording.0))
        .await?;
    let all = found["comments"].as_array().into_iter().flatten();
    let all: Vec<&Value> = all.filter(|it| it["deleted"] == false).collect();
    let known = all.iter().map(|it| {
        json!({
            "comment": it["id"], "reply_to": it["parent_id"], "at_ms": it["at_ms"], "end_ms": it["end_ms"], "mine": it["mine"],
            "by_agent": it["author"]["agent"], "created_at_us": it["created_at"], "resolved": !it["resolved_at"].is_null(), "drawn": it["drawn"],
        })
    });
    let said = all.iter().map(|it| {
        json!({ "comment": it["id"], "author": it["author"]["name"], "text": it["body"], "mentions": it["mentions"] })
    });
    let known = json!({ "recording": recording.0, "comments": known.collect::<Vec<_>>() });
    Ok(told(known, json!({ "comments": said.collect::<Vec<_>>() })))
}

/// What was drawn on the picture.
pub(super) async fn drawing(
    api: &Asking,
    arguments: JsonObject,
) -> Result<CallToolResult, Refused> {
    let OfComment { recording, comment } = read(arguments)?;
    let path = format!("/api/watch/{}/comments/{comment}/drawing", recording.0);
    let found = api.get(&path).await?;
    let known = json!({
        "recording": recording.0, "comment": comment,
        "unit": "points are x, y pairs in ten-thousandths of the picture's width and height",
    });
    Ok(told(known, json!({ "shapes": found["shapes"] })))
}

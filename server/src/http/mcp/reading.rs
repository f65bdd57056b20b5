//! Tools that find recordings.

use rmcp::model::{CallToolResult, JsonObject};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::arguments::{List, One, Search, Section, read};
use super::ask::{Asking, Refused};
use super::told;

/// Found at most.
const MAX_PAGE: u32 = 50;

/// A recording as the tools show it: what its owner wrote stands apart.
fn card(item: &Value) -> (Value, Value) {
    let known = json!({
        "recording": item["slug"], "url": item["url"], "state": item["state"], "started_at_us": item["started_at"],
        "duration_ms": item["duration_ms"], "comments": item["comments"],
    });
    let said = json!({ "recording": item["slug"], "title": item["title"], "owner": item["owner"]["name"] });
    (known, said)
}

fn cards(items: &[Value], more: Value) -> CallToolResult {
    let (known, said): (Vec<Value>, Vec<Value>) = items.iter().map(card).unzip();
    let mut all = more;
    all["recordings"] = known.into();
    told(all, json!({ "recordings": said }))
}

/// Lines of recordings that fit, the best first.
pub(super) async fn search(api: &Asking, arguments: JsonObject) -> Result<CallToolResult, Refused> {
    let wanted: Search = read(arguments)?;
    let limit = wanted.limit.unwrap_or(10).clamp(1, MAX_PAGE);
    let typed: String = form_urlencoded::byte_serialize(wanted.query.as_bytes()).collect();
    let page = api
        .get(&format!("/api/search?q={typed}&limit={limit}"))
        .await?;
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    let known = items.iter().map(|it| {
        json!({
            "recording": it["recording"]["slug"], "kind": it["kind"], "at_ms": it["at_ms"], "comment": it["comment_id"],
        })
    });
    let said = items.iter().map(|it| {
        json!({
            "recording": it["recording"]["slug"], "title": it["recording"]["title"], "owner": it["recording"]["owner_name"],
            "text": it["text"], "author": it["author"],
        })
    });
    let known = json!({ "hits": known.collect::<Vec<_>>() });
    Ok(told(known, json!({ "hits": said.collect::<Vec<_>>() })))
}

pub(super) async fn list(api: &Asking, arguments: JsonObject) -> Result<CallToolResult, Refused> {
    let wanted: List = read(arguments)?;
    let section = wanted.section.unwrap_or(Section::Mine).as_str();
    let limit = wanted.limit.unwrap_or(24).clamp(1, 100);
    let mut path = format!("/api/recordings?section={section}&limit={limit}");
    if let Some(cursor) = wanted.cursor {
        path += &format!("&before={cursor}");
    }
    let page = api.get(&path).await?;
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    Ok(cards(items, json!({ "next_cursor": page["next"] })))
}

/// What there is of a recording.
pub(super) async fn about(api: &Asking, arguments: JsonObject) -> Result<CallToolResult, Refused> {
    let One { recording } = read(arguments)?;
    let page = api.get(&format!("/api/watch/{}", recording.0)).await?;
    let (mut known, mut said) = card(&page);
    let marks = page["marks"].as_array().into_iter().flatten();
    let marks = marks.map(|mark| json!({ "at_ms": mark["at_ms"], "title": mark["title"] }));
    said["chapters"] = marks.collect::<Vec<_>>().into();
    known["may_comment"] = page["may_comment"].clone();
    known["live"] = page["live"].clone();
    known["tracks"] = page["tracks"].clone();
    let progress = &page["transcript"];
    known["transcript"] = json!({ "state": progress["state"], "done_ms": progress["done_ms"], "language": progress["language"] });
    Ok(told(known, said))
}

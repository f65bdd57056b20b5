//! `GET /api/search`, and the same in one recording.

use std::time::Duration;

use aside_protocol::id::{CommentId, RecordingId, Slug};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::domain::access::{Allowed, Watch};
use crate::domain::search::{Kind, utf16};
use crate::http::extract::{Json, Member, Query};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::search::{Cursor, FoundHit, Hit, search, within};

const DEFAULT: u32 = 20;
const MAX_PAGE: u32 = 50;
/// The page before may be of another server, whose clock is ahead by so much.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// What is looked for, and which page of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words, all of which must be there; `"words in quotes"` in this order; the last word, and one with `*` behind it, may go on.
    /// `from:NAME`, `tag:TAG` and `in:title` (`chapters`, `comments`, `speech`, `screen`, `tags`, `names`) filter. Nothing is an error; what
    /// stands behind 400 characters is passed over.
    q: String,
    /// `next` of the page before, of the same words.
    cursor: Option<String>,
    /// 1 to 50; 20 when it is not said.
    limit: Option<u32>,
}

impl Search {
    fn limit(&self) -> usize {
        let limit = self.limit.unwrap_or(DEFAULT).clamp(1, MAX_PAGE);
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// `now`: a page that was made later was not made.
    fn cursor(&self, now: Timestamp) -> ApiResult<Option<Cursor>> {
        let Some(text) = &self.cursor else {
            return Ok(None);
        };
        let read = text.split_once('.').and_then(|(now, from)| {
            Some(Cursor {
                now: Timestamp::from_micros(now.parse().ok()?),
                from: from.parse().ok()?,
            })
        });
        let latest = now.plus(CLOCKS_DIFFER);
        let read = read.filter(|it| it.now.micros() >= 0 && it.now <= latest);
        let unknown = || ApiError::invalid("cursor", "This is no cursor of a page of hits.");
        read.map(Some).ok_or_else(unknown)
    }
}

/// A part of a text: UTF-16 code units, as strings of JavaScript count; the end excluded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TextRange {
    start: usize,
    end: usize,
}

/// A line that fits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchHit {
    kind: Kind,
    /// Milliseconds from the first picture; none where it is about the whole recording.
    #[schema(required)]
    at_ms: Option<u64>,
    /// The line, or what of it stands around what fits.
    text: String,
    /// What of `text` fits, in order.
    marks: Vec<TextRange>,
    #[schema(required)]
    comment_id: Option<CommentId>,
    /// Who wrote it, of a comment.
    #[schema(required)]
    author: Option<String>,
    /// When it was written, or the recording was made.
    at: Timestamp,
}

impl From<Hit> for SearchHit {
    fn from(it: Hit) -> Self {
        let marks = utf16(&it.text, &it.marks).into_iter();
        Self {
            marks: marks.map(|[start, end]| TextRange { start, end }).collect(),
            kind: it.kind,
            at_ms: it.at_ms,
            text: it.text,
            comment_id: it.comment,
            author: it.author,
            at: it.at,
        }
    }
}

/// The recording of a hit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HitRecording {
    id: RecordingId,
    slug: Slug,
    /// Empty: not named yet.
    title: String,
    owner_name: String,
    created_at: Timestamp,
    #[schema(required)]
    thumbnail_url: Option<String>,
}

/// A line that fits, and what it is a line of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchItem {
    #[serde(flatten)]
    hit: SearchHit,
    recording: HitRecording,
}

impl From<FoundHit> for SearchItem {
    fn from(it: FoundHit) -> Self {
        let recording = it.recording;
        let has_poster = recording.poster_key.is_some();
        Self {
            hit: it.hit.into(),
            recording: HitRecording {
                id: recording.id,
                thumbnail_url: has_poster
                    .then(|| format!("/api/watch/{}/poster?size=small", recording.slug)),
                slug: recording.slug,
                title: recording.title,
                owner_name: it.owner_name,
                created_at: recording.created_at,
            },
        }
    }
}

/// A page of what fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchPage {
    /// The best first.
    items: Vec<SearchItem>,
    /// `cursor` of the next page; none at the end, which comes after 200 hits at the latest.
    #[schema(required)]
    next: Option<String>,
}

/// What was said, written and named in everything that one may see without a password
#[utoipa::path(get, path = "/api/search", tag = "library", params(Search),
    responses((status = 200, body = SearchPage), (status = 422, description = "invalid, with the field")))]
pub async fn search_everywhere(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<Search>,
) -> ApiResult<Json<SearchPage>> {
    let cursor = wanted.cursor(app.now())?;
    let page = search(&app, &member, &wanted.q, cursor, wanted.limit()).await?;
    Ok(Json(SearchPage {
        items: page.hits.into_iter().map(SearchItem::from).collect(),
        next: page
            .next
            .map(|it| format!("{}.{}", it.now.micros(), it.from)),
    }))
}

/// What is looked for in one recording.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchInside {
    /// As everywhere.
    q: String,
}

/// What fits in one recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitsInside {
    /// The best first; at most 50.
    items: Vec<SearchHit>,
}

/// What was said, written and named in one recording
#[utoipa::path(get, path = "/api/watch/{slug}/search", tag = "watch", params(("slug" = String, Path), SearchInside),
    responses((status = 200, body = HitsInside), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn search_inside(
    State(app): State<App>,
    recording: Allowed<Watch>,
    via: Via,
    Query(wanted): Query<SearchInside>,
) -> ApiResult<Json<HitsInside>> {
    if recording.viewer().member().is_none() {
        let searched = app.limits.search(via.client);
        searched.map_err(|wait| ApiError::too_many("Too many searches from here.", wait))?;
    }
    let most = usize::try_from(MAX_PAGE).unwrap_or(usize::MAX);
    let hits = within(&app, &recording, &wanted.q, most).await?;
    let items = hits.into_iter().map(SearchHit::from).collect();
    Ok(Json(HitsInside { items }))
}

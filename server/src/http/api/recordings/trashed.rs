//! `GET /api/trash` and `GET /api/trash/{slug}`: what can be restored.

use std::fmt;
use std::str::FromStr;

use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RecordingCard;
use crate::app::App;
use crate::domain::access::Delete;
use crate::domain::library::TRASH_KEPT_FOR;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::gate::{self, GateError};
use crate::service::library::{Card, Cards, card, trash};

const DEFAULT: u32 = 24;
const MAX: u32 = 100;

/// Which page of the trash.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrashPage {
    /// `next` of the page before.
    before: Option<String>,
    /// 1 to 100; 24 when it is not said.
    limit: Option<u32>,
}

/// A recording in the trash.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrashedCard {
    #[serde(flatten)]
    pub card: RecordingCard,
    pub deleted_at: Timestamp,
    /// From then on it is removed for good.
    pub kept_until: Timestamp,
}

/// A page of the trash.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrashList {
    items: Vec<TrashedCard>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<String>,
}

/// One's own recordings in the trash, the newest deletion first.
#[utoipa::path(get, path = "/api/trash", tag = "library", params(TrashPage), responses((status = 200, body = TrashList)))]
pub async fn list_trash(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Query(page): Query<TrashPage>,
) -> ApiResult<Json<TrashList>> {
    let before = page
        .before
        .as_deref()
        .map(str::parse::<Cursor>)
        .transpose()
        .map_err(|e| ApiError::invalid("before", e))?;
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MAX);
    let before = before.map(|c| (c.at, c.id));
    let Cards { cards, more } = trash(&app, member.user.id, before, limit).await?;
    let items = cards.into_iter();
    let items = items.filter_map(|card| trashed(&app, &base, card, &member));
    let items: Vec<TrashedCard> = items.collect();
    let next = items.last().filter(|_| more).map(|it| {
        Cursor {
            at: it.deleted_at,
            id: it.card.id,
        }
        .to_string()
    });
    Ok(Json(TrashList { items, next }))
}

/// One's own recording in the trash, by its watch link. 404 for everybody else, and for one that is not in the trash.
#[utoipa::path(get, path = "/api/trash/{slug}", tag = "library", params(("slug" = String, Path)),
    responses((status = 200, body = TrashedCard), (status = 404)))]
pub async fn get_trashed(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(slug): Path<Slug>,
) -> ApiResult<Json<TrashedCard>> {
    let found = gate::by_slug::<Delete>(&app, &member.viewer(), &slug).await;
    let recording = match found {
        Ok(recording) => recording.into_recording(),
        Err(GateError::Refused(_)) => return Err(ApiError::not_found()),
        Err(error) => return Err(error.into()),
    };
    let card = trashed(&app, &base, card(&app, recording).await?, &member);
    card.map(Json).ok_or_else(ApiError::not_found)
}

/// None when it is not in the trash.
fn trashed(app: &App, base: &BaseUrl, card: Card, member: &Member) -> Option<TrashedCard> {
    let deleted_at = card.recording.deleted_at?;
    let owner = (member.user.id, member.user.name.clone());
    let card = RecordingCard::of(app, base, card, owner);
    Some(TrashedCard {
        card,
        deleted_at,
        kept_until: deleted_at.plus(TRASH_KEPT_FOR),
    })
}

/// The last entry of a page. Entries are ordered by time of deletion, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    at: Timestamp,
    id: RecordingId,
}

#[derive(Debug, thiserror::Error)]
#[error("This is not the `next` of a page of the trash.")]
struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.micros(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;
    fn from_str(s: &str) -> Result<Self, BadCursor> {
        let (at, id) = s.split_once('.').ok_or(BadCursor)?;
        Ok(Self {
            at: Timestamp::from_micros(at.parse().map_err(|_| BadCursor)?),
            id: id.parse().map_err(|_| BadCursor)?,
        })
    }
}

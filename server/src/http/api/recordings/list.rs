//! `GET /api/recordings`

use aside_protocol::id::{FolderId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::RecordingCard;
use crate::app::App;
use crate::domain::library::{Filter, Order, Place, Section, StateFilter, tag};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Query};
use crate::http::{ApiError, ApiResult};
use crate::service::library::{Listed, SeenBefore, list, unfinished};

const DEFAULT: u32 = 24;
const MAX_PAGE: u32 = 100;

/// Which page of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// `next` of the page before, of the same list.
    before: Option<RecordingId>,
    /// 1 to 100; 24 when it is not said.
    limit: Option<u32>,
    /// `mine` when it is not said.
    #[param(inline)]
    section: Option<Section>,
    /// A person's id: what they recorded.
    by: Option<UserId>,
    /// A folder's id: what lies in it, without the folders inside of it; of somebody else's what is shared as the folder is.
    /// `top`: what lies in none.
    folder: Option<String>,
    tag: Option<String>,
    #[param(inline)]
    state: Option<StateFilter>,
    /// Microseconds since 1970: not older, by when the server heard of it.
    since: Option<i64>,
    /// Microseconds since 1970: older.
    until: Option<i64>,
    /// Milliseconds: not shorter. What is not finished counts as 0.
    min_ms: Option<u64>,
    /// Milliseconds: not longer.
    max_ms: Option<u64>,
    /// `newest` when it is not said.
    #[param(inline)]
    sort: Option<Order>,
}

impl Page {
    fn filter(&self) -> ApiResult<Filter> {
        let place = match self.folder.as_deref() {
            None => Place::Everywhere,
            Some("top") => Place::Top,
            Some(id) => Place::Folder(id.parse().map_err(|e| ApiError::invalid("folder", e))?),
        };
        let section = self.section.unwrap_or_default();
        if section != Section::Mine && place == Place::Top {
            return Err(ApiError::invalid(
                "folder",
                "What lies in no folder is in the section `mine`.",
            ));
        }
        Ok(Filter {
            section,
            place,
            by: self.by,
            tag: self.tag.as_deref().map(tag).transpose()?,
            state: self.state,
            since: self.since.map(Timestamp::from_micros),
            until: self.until.map(Timestamp::from_micros),
            min_ms: self.min_ms,
            max_ms: self.max_ms,
            order: self.sort.unwrap_or_default(),
        })
    }
}

/// A recording in a list of the library.
#[derive(Debug, Serialize, ToSchema)]
pub struct LibraryCard {
    #[serde(flatten)]
    card: RecordingCard,
    /// The folder its owner keeps it in, who alone is told.
    #[schema(required)]
    folder_id: Option<FolderId>,
    /// Ascending.
    tags: Vec<String>,
    /// How many people watched it; none where that is not counted.
    #[schema(required)]
    views: Option<u64>,
    /// Whether one has watched it; none for one's own, and where that is not noted.
    #[schema(required)]
    seen: Option<bool>,
    /// Where one was last, in milliseconds.
    #[schema(required)]
    position_ms: Option<u64>,
    /// Whether it is shared as the folder is in which it lies; told to its owner alone.
    as_folder: bool,
    /// Whether its owner, who alone is told, said that no rule removes it.
    pinned: bool,
    /// When a rule moves it to the trash; none before that is announced, and to everybody but its owner.
    #[schema(required)]
    goes_at: Option<Timestamp>,
}

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingList {
    items: Vec<LibraryCard>,
    /// `before` of the next page; none at the end.
    #[schema(required)]
    next: Option<RecordingId>,
}

/// One's own recordings, or those of others that one may see, without those in the trash.
#[utoipa::path(get, path = "/api/recordings", tag = "library", params(Page), 
    responses((status = 200, body = RecordingList), (status = 422, description = "invalid, with the field")))]
pub async fn list_recordings(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Query(page): Query<Page>,
) -> ApiResult<Json<RecordingList>> {
    let limit = page.limit.unwrap_or(DEFAULT).clamp(1, MAX_PAGE);
    let found = list(&app, &member, &page.filter()?, page.before, limit).await?;
    let items = found.listed.into_iter();
    let items = items.map(|listed| LibraryCard::of(&app, &base, listed));
    Ok(Json(RecordingList {
        items: items.collect(),
        next: found.next,
    }))
}

impl LibraryCard {
    fn of(app: &App, base: &BaseUrl, listed: Listed) -> Self {
        let Listed {
            card,
            owner,
            folder,
            tags,
            views,
            watched,
            pinned,
            trash_at,
        } = listed;
        let as_folder = folder.is_some() && card.recording.sharing.from_folder.folder.is_some();
        Self {
            card: RecordingCard::of(app, base, card, owner),
            folder_id: folder,
            as_folder,
            tags,
            views,
            pinned,
            goes_at: trash_at,
            seen: watched.map(|watched| watched != SeenBefore::Nothing),
            position_ms: match watched {
                Some(SeenBefore::Until(at)) => Some(at),
                _ => None,
            },
        }
    }
}

/// How many are offered.
const UNFINISHED: usize = 6;

/// What one began to watch.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unfinished {
    items: Vec<LibraryCard>,
}

/// What one began to watch and did not finish, the newest first; at most six
#[utoipa::path(get, path = "/api/library/unfinished", tag = "library", responses((status = 200, body = Unfinished)))]
pub async fn list_unfinished(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
) -> ApiResult<Json<Unfinished>> {
    let found = unfinished(&app, &member, UNFINISHED).await?.into_iter();
    let items = found.map(|listed| LibraryCard::of(&app, &base, listed));
    Ok(Json(Unfinished {
        items: items.collect(),
    }))
}

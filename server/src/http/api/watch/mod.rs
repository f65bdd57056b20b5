//! What the watch page asks for first: `GET /api/watch/{slug}`, and the poster.

mod clip;
mod download;
mod frame;
mod picture;
mod poster;
mod preview;
mod steps;
mod thumbnails;

use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::Action;
use crate::domain::event::LayoutNews;
use crate::domain::recording::Recording;
use crate::domain::transcript::{Stretch, TranscriptState};
use crate::http::ApiResult;
use crate::http::api::marks::MarkView;
use crate::http::api::recordings::RecordingCard;
use crate::http::api::views::may_be_noted;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{ByLink, Json};
use crate::playlist::{Listing, Track, renditions};
use crate::service::actor::Presented;
use crate::service::library::Card;
use crate::service::media_link::MediaLink;
use crate::service::transcript as service;
use crate::service::watch::open;

pub use clip::{__path_get_clip, __path_get_clip_as_gif, get_clip, get_clip_as_gif};
pub use download::{__path_ask_for_download, DownloadView, ask_for_download};
pub use frame::{__path_get_frame, get_frame};
pub use poster::{__path_get_poster, get_poster};
pub use preview::{__path_get_preview, get_preview};
pub use steps::{
    __path_get_steps_page, __path_get_steps_pdf, __path_get_steps_text, get_steps_page,
    get_steps_pdf, get_steps_text,
};
pub use thumbnails::{
    __path_get_key_moments, __path_get_thumbnail_image, __path_get_thumbnails, get_key_moments,
    get_thumbnail_image, get_thumbnails,
};

/// A recording as the watch page shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Watch {
    #[serde(flatten)]
    pub card: RecordingCard,
    /// Whether the viewer is its owner.
    pub mine: bool,
    pub may_comment: bool,
    /// Whether the viewer may have it as a file.
    pub may_download: bool,
    /// Whether more may arrive at any moment.
    pub live: bool,
    /// None while there is nothing to play.
    #[schema(required)]
    pub playback: Option<Playback>,
    pub tracks: Vec<WatchTrack>,
    /// Where the face lies over the picture, if there is a track `camera`.
    pub layout: LayoutNews,
    /// Chapters, by moment.
    pub marks: Vec<MarkView>,
    /// How the take went, as its recorder says; only for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value)]
    pub report: Option<Value>,
    /// The recording as one MP4.
    pub download: DownloadView,
    pub transcript: TranscriptProgress,
    pub views: WatchViews,
    /// Number of the newest event: `GET …/events?after=` this, and nothing is missed in between.
    pub last_event: i64,
}

/// What is counted when somebody watches.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchViews {
    /// How many people watched it; none where that is not counted.
    #[schema(required)]
    pub count: Option<u64>,
    /// Whether its owner is told that this viewer watches: never their own, nor that of who sends `DNT` or `Sec-GPC`.
    pub noted: bool,
}

/// Where to play it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Playback {
    /// Of the multivariant playlist.
    pub url: String,
    pub expires_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WatchTrack {
    pub name: TrackName,
    /// RFC 6381.
    pub codec: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// How far the transcript is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TranscriptProgress {
    pub state: TranscriptState,
    /// Everything before is published.
    pub done_ms: i64,
    /// So much sound has landed and waits to be transcribed; 0 once the transcript has ended.
    pub behind_ms: u64,
    /// The first so many words never change; those behind them may be replaced.
    pub settled: u64,
    /// ISO 639-1, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Sound without a transcript, because it could not be decoded or its file is gone.
    pub missing: Vec<Stretch>,
    /// Counts up with each change by a person; for `If-Match`.
    pub version: i64,
}

/// What the watch page shows
#[utoipa::path(get, path = "/api/watch/{slug}", tag = "watch", params(("slug" = String, Path)),
    responses((status = 200, body = Watch), (status = 403, description = "password_needed"), (status = 404), (status = 410, description = "gone")))]
pub async fn get_watch(
    State(app): State<App>,
    presented: Presented,
    ByLink { slug, pass }: ByLink,
    base: BaseUrl,
    headers: HeaderMap,
) -> ApiResult<Json<Watch>> {
    let seen = (&app.tracks, &app.limits);
    let opened = open(&app, seen, &app.media_keys, &presented, pass, &slug).await?;
    let (recording, view) = (&opened.recording, &opened.view);
    let listings: Vec<&Listing> = view
        .iter()
        .flat_map(|view| view.tracks.iter().map(|t| &t.listing))
        .collect();
    let over = view.as_ref().is_none_or(|view| view.is_over(&*app.clock));
    let playable = renditions(&listings, over).is_some();
    let card = Card {
        length_ms: opened.length_ms(),
        comments: opened.comments,
        recording: Recording::clone(recording),
    };
    Ok(Json(Watch {
        mine: recording.is_the_viewers(),
        may_comment: recording.may(Action::Comment),
        may_download: recording.may(Action::Download),
        live: recording.state(app.now()).is_live(),
        playback: playable.then(|| Playback::of(&opened.media)),
        tracks: listings
            .iter()
            .map(|listing| WatchTrack::of(listing.track()))
            .collect(),
        layout: LayoutNews {
            version: opened.layout_version,
            moments: opened.layout,
        },
        marks: opened.marks.into_iter().map(MarkView::from).collect(),
        report: opened.report,
        download: DownloadView::of(&opened.media, opened.download),
        transcript: opened.transcript.into(),
        views: WatchViews {
            count: opened.views,
            noted: opened.noted && may_be_noted(&presented, &headers),
        },
        last_event: opened.newest_event,
        card: RecordingCard::of(&app, &base, card, opened.owner),
    }))
}

impl WatchTrack {
    fn of(track: &Track) -> Self {
        let (width, height) = track.size.unzip();
        Self {
            name: track.name,
            codec: track.codec.clone(),
            width,
            height,
        }
    }
}

impl Playback {
    pub(in crate::http::api) fn of(link: &MediaLink) -> Self {
        Self {
            url: format!("/media/{}/master.m3u8", link.signed),
            expires_at: link.capability.expires_at,
        }
    }
}

impl From<service::TranscriptProgress> for TranscriptProgress {
    fn from(progress: service::TranscriptProgress) -> Self {
        let service::TranscriptProgress { status, behind_ms } = progress;
        Self {
            state: status.state,
            done_ms: status.done_ms,
            behind_ms,
            settled: status.settled,
            language: status.language,
            missing: status.missing,
            version: status.version,
        }
    }
}

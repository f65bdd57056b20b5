//! What opens behind a watch link: the page, and the head of a link preview.

use std::sync::Arc;

use aside_protocol::id::{Slug, UserId};
use aside_protocol::layout::Layout;
use aside_protocol::recording::TrackName;
use serde_json::Value;

use super::actor::Presented;
use super::gate::{self, AskError, GateError, Knocked};
use super::media_link::{MediaKeys, MediaLink, media_link};
use super::transcript::{TranscriptProgress, progress_of};
use super::views;
use crate::domain::access::{Action, Allowed, Refusal, Seen, Viewer, Watch, allow};
use crate::domain::capability::Pass;
use crate::domain::download::{Download, DownloadState};
use crate::domain::mark::Mark;
use crate::domain::recording::Recording;
use crate::limits::Limits;
use crate::resources::Resources;
use crate::store::watch as store;
use crate::track_cache::{TrackCache, View};

/// A recording as one viewer may see it now.
#[derive(Debug)]
pub struct Opened {
    pub recording: Allowed<Watch>,
    pub owner: (UserId, String),
    /// Not deleted ones, replies too.
    pub comments: u64,
    pub layout_version: i64,
    pub layout: Layout,
    /// By moment.
    pub marks: Vec<Mark>,
    /// How the take went, as its recorder says; only for its owner.
    pub report: Option<Value>,
    pub download: Download,
    pub transcript: TranscriptProgress,
    /// Number of the newest event.
    pub newest_event: i64,
    pub view: Option<Arc<View>>,
    /// How often it was watched, where that is counted.
    pub views: Option<u64>,
    /// Whether it is noted that this viewer watches.
    pub noted: bool,
    /// Opens the media.
    pub media: MediaLink,
}

impl Opened {
    /// Length in milliseconds of what is watchable.
    pub fn length_ms(&self) -> u64 {
        self.view.as_ref().map_or(0, |view| view.length_ms())
    }
}

/// What the watch page shows: asked of the database in one go, but for parts that this process has not seen yet.
pub async fn open(
    resources: &Resources,
    (tracks, limits): (&TrackCache, &Limits),
    keys: &MediaKeys,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> std::result::Result<Opened, AskError> {
    let found = resources
        .store
        .page(slug, &presented.hashes(), resources.now())
        .await?;
    let Some((asked, page)) = found else {
        return Err(gate::nothing_there(resources, presented).await);
    };
    let owner = (asked.recording.owner, asked.owner_name.clone());
    let Knocked {
        recording,
        actor,
        newest_event,
    } = gate::admit_asked::<Watch>(resources, presented, pass, asked).await?;
    views::note_agent(resources, limits, &actor, &recording).await;
    let store::Page {
        comments,
        layout,
        marks,
        report,
        download,
        transcript,
        views,
        switches,
    } = page;
    let view = tracks.view_of(&recording).await?;
    let length_ms = view.as_ref().map_or(0, |view| view.length_ms());
    let own = recording.is_the_viewers();
    let report = report.filter(|_| own);
    let media = media_link(resources, keys, &recording).await?;
    // Who is not offered the file is not told how far it is.
    let download = if recording.may(Action::Download) {
        download
    } else {
        Download::without_file(DownloadState::None)
    };
    Ok(Opened {
        recording,
        owner,
        comments,
        layout_version: layout.version,
        layout: layout.layout()?,
        marks,
        report,
        download,
        transcript: progress_of(transcript, length_ms),
        newest_event,
        view,
        views: switches.shown().then_some(views),
        noted: switches.noted() && !own,
        media,
    })
}

/// What anybody who has the link may see before the page is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub recording: Recording,
    pub owner_name: String,
    pub length_ms: u64,
    /// The first words that are spoken in it; empty: none are known.
    pub opening: String,
    /// Whether there are some lively seconds of it.
    pub moving: bool,
    /// Width and height of the picture.
    pub size: Option<(u32, u32)>,
}

/// What opens behind a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Previewed {
    /// Everybody who has the link may see it.
    Shown(Box<Preview>),
    /// Whoever asks may see it or what it asks for; nothing of it is for everybody.
    Hidden,
    /// There is nothing for whoever asks.
    Nothing,
}

/// What a link preview shows, which is the same to everybody, and whether there is anything for whoever asks.
pub async fn preview(
    resources: &Resources,
    tracks: &TrackCache,
    presented: &Presented,
    pass: Option<Pass>,
    slug: &Slug,
) -> std::result::Result<Previewed, AskError> {
    let Some((asked, (opening, moving))) = resources
        .store
        .asked_with_opening(slug, &presented.hashes(), resources.now())
        .await?
    else {
        return Ok(Previewed::Nothing);
    };
    let owner_name = asked.owner_name.clone();
    let seen = Seen {
        recording: asked.recording.clone(),
        named: false,
        present: true,
        password: None,
    };
    let Ok(recording) = allow::<Watch>(&Viewer::Anonymous, seen, resources.now()) else {
        return match gate::admit_asked::<Watch>(resources, presented, pass, asked).await {
            Err(AskError::Gate(GateError::Refused(Refusal::Hidden))) => Ok(Previewed::Nothing),
            Ok(_) | Err(AskError::Gate(GateError::Refused(_))) => Ok(Previewed::Hidden),
            Err(error) => Err(error),
        };
    };
    let view = tracks.view_of(&recording).await?;
    Ok(Previewed::Shown(Box::new(Preview {
        recording: recording.into_recording(),
        owner_name,
        length_ms: view.as_ref().map_or(0, |view| view.length_ms()),
        size: view.and_then(|view| {
            let mut all = view.tracks.iter().map(|it| it.listing.track());
            all.find(|it| it.name == TrackName::Video)?.size
        }),
        opening,
        moving,
    })))
}

/// The same for nobody in particular: none for what is not for everybody, as for what is not there.
pub async fn preview_for_all(
    resources: &Resources,
    tracks: &TrackCache,
    slug: &Slug,
) -> std::result::Result<Option<Preview>, AskError> {
    let nobody = Presented::Cookies {
        session: None,
        guest: None,
    };
    Ok(
        match preview(resources, tracks, &nobody, None, slug).await? {
            Previewed::Shown(preview) => Some(*preview),
            Previewed::Hidden | Previewed::Nothing => None,
        },
    )
}

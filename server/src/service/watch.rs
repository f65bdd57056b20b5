//! What opens behind a watch link: the page, and the head of a link preview.

use std::sync::Arc;

use aside_protocol::id::{Slug, UserId};
use aside_protocol::layout::Layout;
use serde_json::Value;

use super::actor::Presented;
use super::gate::{self, AskError, Knocked};
use super::sharing::{MediaKeys, MediaLink, media_link};
use super::transcript::{TranscriptProgress, progress_of};
use crate::domain::access::{Allowed, Viewer, Watch, allow};
use crate::domain::download::Download;
use crate::domain::mark::Mark;
use crate::domain::recording::Recording;
use crate::resources::Resources;
use crate::store::{Result, watch as store};
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
    tracks: &TrackCache,
    keys: &MediaKeys,
    presented: &Presented,
    slug: &Slug,
) -> std::result::Result<Opened, AskError> {
    let found = resources.store.page(slug, &presented.hashes()).await?;
    let Some((asked, page)) = found else {
        return Err(gate::nothing_there(resources, presented).await);
    };
    let owner = (asked.recording.owner, asked.owner_name.clone());
    let Knocked {
        recording,
        newest_event,
        ..
    } = gate::admit_asked::<Watch>(resources, presented, asked).await?;
    let store::Page {
        comments,
        layout,
        marks,
        report,
        download,
        transcript,
    } = page;
    let view = tracks.view_of(&recording).await?;
    let length_ms = view.as_ref().map_or(0, |view| view.length_ms());
    let report = report.filter(|_| recording.is_the_viewers());
    let media = media_link(resources, keys, &recording).await?;
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
        media,
    })
}

/// What anybody who has the link may see before the page is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub recording: Recording,
    pub owner_name: String,
    pub length_ms: u64,
}

/// None where there is nothing that everybody may see; then also whether there is nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Previewed {
    Shown(Box<Preview>),
    Hidden,
    Nothing,
}

/// What a link preview shows.
pub async fn preview(resources: &Resources, tracks: &TrackCache, slug: &Slug) -> Result<Previewed> {
    let nobody = Presented::Cookies {
        session: None,
        guest: None,
    };
    let Some(asked) = resources.store.asked(slug, &nobody.hashes()).await? else {
        return Ok(Previewed::Nothing);
    };
    let Ok(recording) = allow::<Watch>(&Viewer::Anonymous, asked.recording) else {
        return Ok(Previewed::Hidden);
    };
    let view = tracks.view_of(&recording).await?;
    Ok(Previewed::Shown(Box::new(Preview {
        recording: recording.into_recording(),
        owner_name: asked.owner_name,
        length_ms: view.map_or(0, |view| view.length_ms()),
    })))
}

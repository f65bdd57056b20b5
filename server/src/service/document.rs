//! A recording as a page of text, with the rights of whoever asks for it.

use aside_protocol::id::Slug;
use aside_protocol::recording::TrackName;

use super::actor::Presented;
use super::comments;
use super::gate::AskError;
use super::media_link::MediaKeys;
use super::suggestions;
use super::watch::open;
use crate::domain::capability::Pass;
use crate::domain::document::Document;
use crate::domain::suggest::row::SuggestionState;
use crate::domain::transcript::TranscriptState;
use crate::domain::turns::parted;
use crate::limits::Limits;
use crate::resources::Resources;
use crate::track_cache::TrackCache;

/// How somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub presented: &'a Presented,
    pub slug: &'a Slug,
    pub pass: Option<Pass>,
    /// The link to watch it.
    pub link: &'a str,
    /// What the addresses of its frames begin with.
    pub frames: &'a str,
    pub at_ms: Option<u64>,
}

/// The page as Markdown.
pub async fn markdown(
    resources: &Resources,
    (tracks, keys, limits): (&TrackCache, &MediaKeys, &Limits),
    asked: Asked<'_>,
) -> Result<String, AskError> {
    let (presented, slug) = (asked.presented, asked.slug);
    let seen = (tracks, limits);
    let opened = open(resources, seen, keys, presented, asked.pass, slug).await?;
    let (recording, said) = comments::shown(resources, limits, presented, asked.pass, slug).await?;
    let turns = resources.store.turns(recording.id).await?;
    let words = parted(resources.store.words(recording.id).await?, &turns);
    let note = match opened.transcript.status.state {
        TranscriptState::None => Some("There is no sound."),
        TranscriptState::Waiting | TranscriptState::Running => {
            Some("It is still being written; more words may come.")
        }
        TranscriptState::Failed => Some("The sound could not be transcribed."),
        TranscriptState::NoModel if words.is_empty() => Some("This server transcribes no speech."),
        TranscriptState::Done if words.is_empty() => Some("Nobody speaks."),
        TranscriptState::NoModel | TranscriptState::Done => None,
    };
    let length_ms = opened.length_ms();
    let view = opened.view.as_ref();
    let said_most = suggestions::shown(resources, &recording).await?;
    let said_most: Vec<_> = said_most
        .into_iter()
        .filter(|it| it.state == SuggestionState::Accepted)
        .collect();
    let document = Document {
        title: &recording.title,
        owner: &opened.owner.1,
        length_ms,
        link: asked.link,
        frames: asked.frames,
        has_picture: view.is_some_and(|view| view.track(TrackName::Video).is_some()),
        said: &said_most,
        marks: &opened.marks,
        words: &words,
        turns: &turns,
        transcript_note: note,
        comments: &said.comments,
        at_ms: asked.at_ms,
    };
    Ok(document.markdown())
}

//! Keeps what can be searched for as it is: takes what changed, recording after recording, and makes its lines and windows.
//!
//! A recording is one transaction with the rows that say that it changed: whoever is killed in the middle leaves them for the next.

use aside_protocol::id::RecordingId;

use crate::domain::markdown::excerpt;
use crate::domain::mention::plain;
use crate::domain::search::{Kind, Part, VERSION, windows};
use crate::resources::Resources;
use crate::store::search::index::{
    LineRow, Source, forget_open_windows, insert_windows, set_lines, set_screen, source,
};
use crate::store::search::queue::{make_anew, put_behind, take};
use crate::store::{Result, StoreError, Tx, screen_texts, transcripts};

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It waits behind all others now.
    #[error("of recording {0}: {1}")]
    Recording(RecordingId, StoreError),
}

impl From<StepError> for StoreError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Store(error) | StepError::Recording(_, error) => error,
        }
    }
}

/// Makes the rows of the recording that is next; none waits: false. One that cannot be made does not stop the others.
pub async fn step(resources: &Resources) -> std::result::Result<bool, StepError> {
    let Some(recording) = resources.store.next_search_change().await? else {
        return Ok(false);
    };
    let made = resources
        .store
        .write(async |tx: &mut Tx| make(tx, recording).await)
        .await;
    let Err(error) = made else {
        return Ok(true);
    };
    resources
        .store
        .write(async |tx: &mut Tx| put_behind(tx, recording).await)
        .await?;
    Err(StepError::Recording(recording, error))
}

/// Makes rows until nothing waits.
pub async fn catch_up(resources: &Resources) -> Result<()> {
    while step(resources).await? {}
    Ok(())
}

/// Asks for everything to be made anew where another version of the program made it, or nothing has been made yet.
pub async fn check_version(resources: &Resources) -> Result<()> {
    if resources.store.search_version().await? == Some(VERSION) {
        return Ok(());
    }
    rebuild(resources).await
}

/// Asks for everything to be made anew. Until a recording's turn comes, it is found by what was there.
pub async fn rebuild(resources: &Resources) -> Result<()> {
    resources
        .store
        .write(async |tx: &mut Tx| make_anew(tx, VERSION).await)
        .await
}

async fn make(tx: &mut Tx, recording: RecordingId) -> Result<()> {
    let waiting = take(tx, recording).await?;
    let asked = |part: Part| {
        let mut those = waiting.iter().filter(|it| it.part == part).peekable();
        those.peek().is_some().then(|| those.any(|it| it.anew))
    };
    let Some(found) = source(tx, recording).await? else {
        return Ok(());
    };
    if let Some(anew) = asked(Part::Lines) {
        set_lines(tx, recording, lines(found), anew).await?;
    }
    if let Some(anew) = asked(Part::Words) {
        let from = forget_open_windows(tx, recording, anew).await?;
        let words = transcripts::words_from(tx, recording, from).await?;
        insert_windows(tx, recording, &windows(&words)).await?;
    }
    if let Some(anew) = asked(Part::Screen) {
        let text = screen_texts::get(tx, recording).await?;
        let lines = text.map(|it| it.lines).unwrap_or_default();
        set_screen(tx, recording, &lines, anew).await?;
    }
    Ok::<(), StoreError>(())
}

/// The lines of a recording. Whom a comment mentions is left out: not everybody who reads it is told.
fn lines(source: Source) -> Vec<LineRow> {
    let made = source.made_at;
    let whole = |kind, text| LineRow {
        kind,
        comment: None,
        mark: None,
        at_ms: None,
        written_at: made,
        text,
    };
    let mut lines = vec![
        whole(Kind::Title, source.title),
        whole(Kind::Tag, source.tags.join(", ")),
        whole(Kind::Name, source.owner_name),
    ];
    lines.extend(
        source
            .chapters
            .into_iter()
            .map(|(id, at_ms, text, at)| LineRow {
                mark: Some(id),
                at_ms: Some(at_ms),
                written_at: at,
                ..whole(Kind::Chapter, text)
            }),
    );
    lines.extend(
        source
            .comments
            .into_iter()
            .map(|(id, at_ms, body, at)| LineRow {
                comment: Some(id),
                at_ms: Some(at_ms),
                written_at: at,
                ..whole(
                    Kind::Comment,
                    excerpt(&plain(&body, |_| "…".to_owned()), usize::MAX),
                )
            }),
    );
    lines.retain(|line| !line.text.is_empty());
    lines
}

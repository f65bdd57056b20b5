//! What an issue says, read with the rights of who asks for it.

use crate::domain::access::Viewer;
use crate::domain::comment::Comment;
use crate::domain::markdown::excerpt;
use crate::domain::outbound::tracker::draft::{Draft, title_of};
use crate::domain::recording::Recording;
use crate::domain::sharing::Audience;
use crate::domain::transcript::Word;
use crate::resources::Resources;
use crate::store::Result;

/// What was said so long before and after the moment is told.
const BEFORE_MS: u64 = 15_000;
const AFTER_MS: u64 = 10_000;
/// Characters of a comment.
const WORDS: usize = 8000;
/// Characters of a line of what was said.
const LINE: usize = 160;

/// `server`: where people reach this server, without a slash at its end. Whether `viewer` may see all of it was asked before.
pub(super) async fn draft(
    resources: &Resources,
    server: &str,
    recording: &Recording,
    viewer: &Viewer,
    comment: Option<&Comment>,
    at_ms: u64,
) -> Result<Draft> {
    let (store, now) = (&resources.store, resources.now());
    let owner = store
        .user(recording.owner)
        .await?
        .map(|it| it.name)
        .unwrap_or_default();
    let (at_ms, end_ms) = comment.map_or((at_ms, at_ms), |it| {
        (it.at_ms, it.end_ms.unwrap_or(it.at_ms))
    });
    let page = format!("{server}/w/{}", recording.slug);
    let name = match recording.title.as_str() {
        "" => format!("A recording by {owner}"),
        title => title.to_owned(),
    };
    let words = comment.map(|it| excerpt(&it.words(viewer), WORDS));
    let from = at_ms.saturating_sub(BEFORE_MS);
    let until = end_ms.saturating_add(AFTER_MS);
    let said = lines(&store.words(recording.id).await?, from, until);
    let marks = store.marks(recording.id).await?;
    let steps = marks
        .into_iter()
        .filter(|it| it.deleted_at.is_none() && it.at_ms <= end_ms && !it.title.is_empty());
    let sharing = &recording.sharing;
    let ended = sharing.ends_at.is_some_and(|end| end <= now);
    let public = sharing.audience == Audience::Link && sharing.password.is_none() && !ended;
    // How the take went is shown to its owner alone.
    let report = match viewer.owns(recording) {
        true => store.take_report(recording.id).await?,
        false => None,
    };
    let system = report.as_ref().and_then(|it| it["system"].as_object());
    let system = system
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.replace('_', " "), value.as_str()?.to_owned())));
    Ok(Draft {
        title: title_of(words.as_deref(), &name, at_ms),
        url: match at_ms / 1000 {
            0 => page.clone(),
            seconds => format!("{page}?t={seconds}"),
        },
        recording: name,
        owner,
        at_ms,
        comment: comment.map(|it| (it.author_name.clone(), words.unwrap_or_default())),
        said,
        steps: steps.map(|it| (it.at_ms, it.title)).collect(),
        // Of the moment, where there is one; the other one stands for the whole.
        picture: (public && recording.poster_key.is_some()).then(|| match at_ms / 1000 {
            0 => format!("{server}/api/watch/{}/poster", recording.slug),
            _ => format!(
                "{server}/api/watch/{}/frames/{at_ms}.jpg?width=1280",
                recording.slug
            ),
        }),
        system: system.take(20).collect(),
        page,
    })
}

/// The words of a stretch in lines: a pause or enough words begin another one.
fn lines(words: &[Word], from: u64, until: u64) -> Vec<(u64, String)> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for word in words
        .iter()
        .filter(|it| it.end_ms >= from && it.start_ms <= until)
    {
        match lines.last_mut() {
            Some((_, line)) if !word.gap && line.chars().count() < LINE => {
                if !word.joined {
                    line.push(' ');
                }
                line.push_str(&word.text);
            }
            _ => lines.push((word.start_ms, word.text.clone())),
        }
    }
    lines
}

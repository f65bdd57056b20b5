//! Search, in everything that a member may see, or in one recording. What may not be seen is left out by the statement, and the
//! policy is asked once more about each row; there are no totals.

pub mod index;

use std::collections::HashMap;
use std::ops::Range;

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;

use super::actor::Member;
use crate::domain::access::{Allowed, MayWatch, Watch, allow};
use crate::domain::recording::Recording;
use crate::domain::search::{Candidate, Excerpt, Found, Kind, Query, excerpt, ordered, words_at};
use crate::domain::transcript::Word;
use crate::resources::Resources;
use crate::store::Result;
use crate::store::search::{Asking, FoundRow};

/// Of each of what was written and what was said, so many rows are looked at, the newest; what is asked for again and again is in
/// more rows than anybody reads.
const LOOKED_AT: u32 = 200;
/// Hits that can be paged through.
pub const MOST: usize = 200;

/// Where the next page begins, and when the first was made: hits are in order by their age then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub now: Timestamp,
    pub from: usize,
}

/// A line that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub kind: Kind,
    /// Milliseconds from the first picture: of what was said, where the first word that fits is said; none where it is about the
    /// whole recording.
    pub at_ms: Option<u64>,
    /// The line, or what of it stands around the first mark.
    pub text: String,
    /// Bytes of `text`, in order and apart.
    pub marks: Vec<Range<usize>>,
    pub comment: Option<CommentId>,
    /// Who wrote it, of a comment.
    pub author: Option<String>,
    /// When it was written, or the recording was made.
    pub at: Timestamp,
}

/// A hit and the recording it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundHit {
    pub hit: Hit,
    pub recording: Recording,
    pub owner_name: String,
}

/// Some hits, the best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub hits: Vec<FoundHit>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// What was found of a line beside itself.
struct Rest {
    recording: Option<(Recording, String)>,
    author: Option<String>,
    words: Option<(u64, u64)>,
}

/// What fits what a member typed, in everything they may see in a list: what asks them for a password is not in it, because a line
/// tells what is behind the password. Nothing that is typed is an error.
pub async fn search(
    resources: &Resources,
    member: &Member,
    typed: &str,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Page> {
    let query = Query::parse(typed);
    let start = cursor.unwrap_or(Cursor {
        now: resources.now(),
        from: 0,
    });
    let rows = rows(resources, member, &query).await?;
    let (viewer, now) = (member.viewer(), resources.now());
    let mut found = Vec::new();
    for row in rows {
        let from = row.author.as_deref().unwrap_or(&row.owner_name);
        if !query.is_from(from) {
            continue;
        }
        let Ok(recording) = allow::<Watch>(&viewer, row.seen, now) else {
            continue;
        };
        let rest = Rest {
            recording: Some((recording.into_recording(), row.owner_name)),
            author: row.author,
            words: row.words,
        };
        found.push((row.found, rest));
    }
    let all = fitting(&query, found, start.now);
    let more = all.len().min(MOST) > start.from.saturating_add(limit);
    let page = all.into_iter().take(MOST).skip(start.from).take(limit);
    let hits = shown(resources, page.collect()).await?.into_iter();
    let hits = hits.filter_map(|(hit, rest)| {
        let (recording, owner_name) = rest.recording?;
        Some(FoundHit {
            hit,
            recording,
            owner_name,
        })
    });
    Ok(Page {
        hits: hits.collect(),
        next: more.then(|| Cursor {
            from: start.from + limit,
            ..start
        }),
    })
}

/// What fits in one recording, the best first: at most `limit`. Guests find what guests may read.
pub async fn within<P: MayWatch>(
    resources: &Resources,
    recording: &Allowed<P>,
    typed: &str,
    limit: usize,
) -> Result<Vec<Hit>> {
    let query = Query::parse(typed);
    if query.terms.is_empty() {
        return Ok(Vec::new());
    }
    let member = recording.viewer().member();
    let rows = resources.store.searchable(recording.id, member).await?;
    let text_of = |kind: Kind| {
        let row = rows.iter().find(|row| row.found.line.kind == kind);
        row.map_or("", |row| &row.found.line.text)
    };
    let tags = text_of(Kind::Tag).split(", ");
    if let Some(tag) = &query.tag
        && !tags.into_iter().any(|it| it == tag)
    {
        return Ok(Vec::new());
    }
    let is_owners = query.is_from(text_of(Kind::Name));
    let rows = rows.into_iter().filter(|row| {
        let is_from = row
            .author
            .as_deref()
            .map_or(is_owners, |it| query.is_from(it));
        is_from && query.kind.is_none_or(|kind| kind == row.found.line.kind)
    });
    let found = rows.map(|row| {
        let rest = Rest {
            recording: None,
            author: row.author,
            words: row.words,
        };
        (row.found, rest)
    });
    let all = fitting(&query, found.collect(), resources.now());
    let page = all.into_iter().take(limit).collect();
    let shown = shown(resources, page).await?;
    Ok(shown.into_iter().map(|(hit, _)| hit).collect())
}

/// Rows that the database finds.
async fn rows(resources: &Resources, member: &Member, query: &Query) -> Result<Vec<FoundRow>> {
    let store = &resources.store;
    if query.terms.is_empty() {
        return Ok(Vec::new());
    }
    let from = match &query.from {
        Some(_) => Some(people(resources, query).await?),
        None => None,
    };
    let asking = Asking {
        member: member.user.id,
        query,
        from: from.as_deref(),
        now: resources.now(),
        limit: LOOKED_AT,
    };
    let mut rows = Vec::new();
    if query.kind != Some(Kind::Speech) {
        rows = store.found_lines(asking).await?;
    }
    if query.kind.is_none_or(|kind| kind == Kind::Speech) {
        rows.extend(store.found_speech(asking).await?);
    }
    Ok(rows)
}

/// Whose names begin as the query says.
async fn people(resources: &Resources, query: &Query) -> Result<Vec<UserId>> {
    let names = resources.store.names_of_people().await?.into_iter();
    let these = names.filter(|(_, name)| query.is_from(name));
    Ok(these.map(|(id, _)| id).collect())
}

/// What fits, the best first. Two windows share a sentence: what stands in both is one hit.
fn fitting(query: &Query, found: Vec<(Found, Rest)>, now: Timestamp) -> Vec<(Candidate, Rest)> {
    let mut rests = HashMap::new();
    let mut candidates = Vec::new();
    for (found, rest) in found {
        if let Some(fit) = query.marks(&found.line.text) {
            let key = (found.line.kind == Kind::Speech, found.row);
            rests.insert(key, rest);
            candidates.push(Candidate { found, fit });
        }
    }
    let ordered = ordered(apart(candidates), now).into_iter();
    let with_rest = ordered.filter_map(|it| {
        let key = (it.found.line.kind == Kind::Speech, it.found.row);
        let rest = rests.remove(&key)?;
        Some((it, rest))
    });
    with_rest.collect()
}

/// Leaves out windows all of whose marks lie in the sentence that the window before them ends with.
fn apart(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut last: HashMap<RecordingId, Vec<String>> = HashMap::new();
    candidates.sort_by_key(|it| it.found.line.at_ms);
    candidates.retain(|it| {
        let line = &it.found.line;
        if line.kind != Kind::Speech {
            return true;
        }
        let before = last.entry(it.found.recording).or_default();
        let end = it.fit.marks.last().map_or(0, |mark| mark.end);
        let head = line.text.get(..end).unwrap_or_default();
        let repeated = before.iter().any(|text| text.contains(head));
        before.push(line.text.clone());
        if before.len() > 2 {
            before.remove(0);
        }
        !repeated
    });
    candidates
}

/// Hits as they are shown, with the moments of words.
async fn shown(resources: &Resources, page: Vec<(Candidate, Rest)>) -> Result<Vec<(Hit, Rest)>> {
    let spoken = page.iter().filter(|(_, rest)| rest.words.is_some());
    let windows: Vec<i64> = spoken.map(|(it, _)| it.found.row).collect();
    let mut words: HashMap<i64, Vec<Word>> = HashMap::new();
    if !windows.is_empty() {
        for (window, word) in resources.store.words_of_windows(&windows).await? {
            words.entry(window).or_default().push(word);
        }
    }
    let hits = page.into_iter().map(|(it, rest)| {
        let line = it.found.line;
        let first = it.fit.marks.first().map_or(0, |mark| mark.start);
        let word = rest.words.and_then(|_| {
            let words = words.get(&it.found.row)?;
            words_at(words, &line.text, first)
        });
        let Excerpt { text, marks } = excerpt(&line.text, &it.fit.marks);
        let hit = Hit {
            kind: line.kind,
            at_ms: word.or(line.at_ms),
            text,
            marks,
            comment: line.comment,
            author: rest.author.clone(),
            at: it.found.at,
        };
        (hit, rest)
    });
    Ok(hits.collect())
}

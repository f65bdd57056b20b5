//! Search, in everything that a member may see, or in one recording. What may not be seen is left out by the statement, and the
//! policy is asked once more about each row; there are no totals.

pub mod index;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use aside_protocol::id::{CommentId, RecordingId};
use aside_protocol::time::Timestamp;

use super::actor::Member;
use crate::domain::access::{Allowed, MayWatch, Watch, allow};
use crate::domain::recording::Recording;
use crate::domain::search::{
    Candidate, Excerpt, Found, Kind, Query, Source, excerpt, ordered, words_at,
};
use crate::domain::transcript::Word;
use crate::resources::Resources;
use crate::store::Result;
use crate::store::search::{Asking, FoundRow, InsideRow, People};

/// Of each of what was written, said and shown so many rows are looked at, the newest, and as many that name something; what is asked for
/// again and again is in more rows than anybody reads.
const LOOKED_AT: u32 = 200;
/// Rows of one recording that are looked at; a day of speech has some 7,000.
const MAX_LINES: u32 = 20_000;
/// Hits that can be paged through.
pub const MAX_HITS: usize = 200;

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
    let more = all.len().min(MAX_HITS) > start.from.saturating_add(limit);
    let page = all.into_iter().take(MAX_HITS).skip(start.from).take(limit);
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

/// What fits in one recording, the best first: at most `limit`. Guests find what guests may read. Tags are what lists tell: only who has
/// the recording in one finds them.
pub async fn within<P: MayWatch>(
    resources: &Resources,
    recording: &Allowed<P>,
    typed: &str,
    limit: usize,
) -> Result<Vec<Hit>> {
    let query = Query::parse(typed);
    let tags = has_in_a_list(recording);
    if query.terms.is_empty() || (query.tag.is_some() && !tags) {
        return Ok(Vec::new());
    }
    let member = recording.viewer().member();
    let store = &resources.store;
    let rows = store.searchable(recording.id, member, MAX_LINES).await?;
    let now = resources.now();
    let page = tokio::task::spawn_blocking(move || {
        let mut page = fitting_inside(&query, rows, tags, now);
        page.truncate(limit);
        page
    });
    let page = match page.await {
        Ok(page) => page,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server ends.
            Err(_) => Vec::new(),
        },
    };
    let shown = shown(resources, page).await?;
    Ok(shown.into_iter().map(|(hit, _)| hit).collect())
}

/// Whether the viewer has the recording in a list, as the statement of [`search`] says it: whoever had to prove a password has it in
/// none.
fn has_in_a_list<P: MayWatch>(recording: &Allowed<P>) -> bool {
    let proved = recording.sharing.password.is_some() && recording.password().is_some();
    let member = recording.viewer().member().is_some();
    recording.is_the_viewers() || (member && !proved)
}

/// What of the rows of one recording fits, the best first; of its tags only if they are told.
fn fitting_inside(
    query: &Query,
    mut rows: Vec<InsideRow>,
    tags: bool,
    now: Timestamp,
) -> Vec<(Candidate, Rest)> {
    if let Some(tag) = &query.tag {
        let line = rows.iter().find(|row| row.found.line.kind == Kind::Tag);
        let mut these = line
            .into_iter()
            .flat_map(|it| it.found.line.text.split(", "));
        if !these.any(|it| it == tag) {
            return Vec::new();
        }
    }
    rows.retain(|row| {
        let kind = row.found.line.kind;
        (tags || kind != Kind::Tag)
            && query.kind.is_none_or(|it| it == kind)
            && query.is_from(&row.whose)
    });
    let found = rows.into_iter().map(|row| {
        let rest = Rest {
            recording: None,
            author: row.author,
            words: row.words,
        };
        (row.found, rest)
    });
    fitting(query, found.collect(), now)
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
        from: from.as_ref(),
        now: resources.now(),
        limit: LOOKED_AT,
    };
    let looks_in = |source| query.kind.is_none_or(|kind| kind.source() == source);
    let mut rows = Vec::new();
    if looks_in(Source::Written) {
        rows = store.found_lines(asking).await?;
        // There may be more than were looked at.
        if rows.len() >= usize::try_from(LOOKED_AT).unwrap_or(usize::MAX) {
            let known: HashSet<i64> = rows.iter().map(|it| it.found.row).collect();
            let names = store.found_names(asking).await?.into_iter();
            rows.extend(names.filter(|it| !known.contains(&it.found.row)));
        }
    }
    if looks_in(Source::Said) {
        rows.extend(store.found_speech(asking).await?);
    }
    if looks_in(Source::Shown) {
        rows.extend(store.found_screens(asking).await?);
    }
    Ok(rows)
}

/// Whose names begin as the query says: of who has an account that of now, of others those that they wrote under.
async fn people(resources: &Resources, query: &Query) -> Result<People> {
    let store = &resources.store;
    let names = store.names_of_people().await?.into_iter();
    let these = names.filter(|(_, name)| query.is_from(name));
    let mut others = store.names_of_guests().await?;
    others.retain(|name| query.is_from(name));
    Ok(People {
        accounts: these.map(|(id, _)| id).collect(),
        others,
    })
}

/// What fits, the best first. Two windows share a sentence: what stands in both is one hit.
fn fitting(query: &Query, found: Vec<(Found, Rest)>, now: Timestamp) -> Vec<(Candidate, Rest)> {
    let mut rests = HashMap::new();
    let mut candidates = Vec::new();
    for (found, rest) in found {
        if let Some(fit) = query.marks(&found.line.text) {
            let key = (found.line.kind.source(), found.row);
            rests.insert(key, rest);
            candidates.push(Candidate { found, fit });
        }
    }
    let ordered = ordered(apart(candidates), now).into_iter();
    let with_rest = ordered.filter_map(|it| {
        let key = (it.found.line.kind.source(), it.found.row);
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

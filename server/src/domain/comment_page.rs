//! Pages of the comments of a recording. Pure.

use std::fmt;
use std::str::FromStr;

use aside_protocol::id::CommentId;
use aside_protocol::time::Timestamp;

/// Where a comment stands among those that a page shows: by moment, then by instant. A cursor is that of a comment which its reader
/// was shown, and tells nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub at_ms: u64,
    pub created_at: Timestamp,
    /// Answers stand behind what they answer.
    pub answers: bool,
    pub id: CommentId,
}

#[derive(Debug, thiserror::Error)]
#[error("This is no cursor of a page of comments.")]
pub struct BadCursor;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, answers) = (self.created_at.micros(), u8::from(self.answers));
        write!(f, "{}.{at}.{answers}.{}", self.at_ms, self.id)
    }
}

impl FromStr for Place {
    type Err = BadCursor;
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let pieces: Vec<&str> = text.split('.').collect();
        let [at_ms, created_at, answers, id] = pieces[..] else {
            return Err(BadCursor);
        };
        Ok(Self {
            at_ms: at_ms.parse().map_err(|_| BadCursor)?,
            created_at: Timestamp::from_micros(created_at.parse().map_err(|_| BadCursor)?),
            answers: match answers {
                "0" => false,
                "1" => true,
                _ => return Err(BadCursor),
            },
            id: id.parse().map_err(|_| BadCursor)?,
        })
    }
}

/// At most `limit` of them behind `after`, and the cursor of the next page; none at the end. `all` is in the order of their places, and
/// holds nothing that the reader may not read.
pub fn page<T>(
    all: Vec<T>,
    place: impl Fn(&T) -> Place,
    after: Option<Place>,
    limit: usize,
) -> (Vec<T>, Option<Place>) {
    let begin = after.map_or(0, |after| all.partition_point(|it| place(it) <= after));
    let more = all.len() > begin.saturating_add(limit);
    let page: Vec<T> = all.into_iter().skip(begin).take(limit).collect();
    let next = page.last().filter(|_| more).map(place);
    (page, next)
}

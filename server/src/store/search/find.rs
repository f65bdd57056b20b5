//! Rows that fit, with the rights of who asks inside of the statement: what somebody may not see is neither read nor counted.

use aside_protocol::id::{CommentId, RecordingId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::expression::{fts5, fts5_of_names, tsquery, tsquery_of_names};
use crate::domain::access::Seen;
use crate::domain::search::{Found, Kind, Line, Query};
use crate::domain::transcript::Word;
use crate::on_db;
use crate::store::cell::Table;
use crate::store::recordings::{RecordingRow, recording_columns};
use crate::store::shares::{folder_names, named, names};
use crate::store::{Result, Store, StoreError, dialect};

/// A row that fits the tokens of a query, and its recording as it was read for one member; the policy has not decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRow {
    pub found: Found,
    pub seen: Seen,
    pub owner_name: String,
    /// Who wrote it, of a comment.
    pub author: Option<String>,
    /// Numbers of the words of a window: the first, and behind the last.
    pub words: Option<(u64, u64)>,
}

/// Whose lines are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Who has an account, whatever it was called when they wrote.
    pub accounts: Vec<UserId>,
    /// The names of who has none, as they stand on their comments.
    pub others: Vec<String>,
}

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub member: UserId,
    pub query: &'a Query,
    /// Only what these people wrote or recorded.
    pub from: Option<&'a People>,
    pub now: Timestamp,
    pub limit: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    recording: RecordingRow,
    named: bool,
    owner_name: String,
    row: i64,
    kind: String,
    comment_id: Option<Uuid>,
    author: Option<String>,
    at_ms: Option<i64>,
    written_at: i64,
    text: String,
    first_n: Option<i64>,
    end_n: Option<i64>,
}

impl TryFrom<Row> for FoundRow {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        let table = Table("search_lines");
        let number = |n: i64| table.unsigned("first_n", n);
        let words = row.first_n.zip(row.end_n);
        let words = words.map(|(first, end)| Ok::<_, StoreError>((number(first)?, number(end)?)));
        let seen = Seen {
            recording: row.recording.try_into()?,
            named: row.named,
            present: true,
            password: None,
        };
        Ok(Self {
            found: Found {
                row: row.row,
                recording: seen.recording.id,
                line: Line {
                    kind: table.parsed("kind", row.kind)?,
                    comment: row.comment_id.map(CommentId),
                    at_ms: row
                        .at_ms
                        .map(|ms| table.unsigned("at_ms", ms))
                        .transpose()?,
                    text: row.text,
                },
                at: Timestamp::from_micros(row.written_at),
            },
            seen,
            owner_name: row.owner_name,
            author: row.author,
            words: words.transpose()?,
        })
    }
}

/// Recordings and folders for which a member is named, read once and before everything else. As subqueries of the condition PostgreSQL
/// would count what they cost for each row anew, and rather read all rows in their order than ask the index of tokens. `$1` who.
macro_rules! named_for {
    () => {
        concat!(
            "WITH named_for AS MATERIALIZED (SELECT g.recording_id AS id FROM grants g JOIN users u ON u.id = $1 AND ",
            names!(),
            "), folders_for AS MATERIALIZED (SELECT g.folder_id AS id FROM folder_grants g JOIN users u ON u.id = $1 AND ",
            folder_names!(),
            ") "
        )
    };
}
/// What a member may see of lists: their own, what they are named for, and what is for everybody and asks for no password. `$1` who,
/// `$3` now.
macro_rules! readable {
    () => {
        "r.deleted_at IS NULL AND (r.owner_id = $1 OR ((r.share_ends_at IS NULL OR r.share_ends_at > $3) AND \
         ((r.audience <> 'owner' AND r.share_password IS NULL) OR r.id IN (SELECT id FROM named_for) \
         OR r.shared_folder IN (SELECT id FROM folders_for))))"
    };
}
macro_rules! tagged {
    () => {
        "($4 = '' OR EXISTS (SELECT 1 FROM recording_tags x WHERE x.recording_id = r.id AND x.tag = $4))"
    };
}

/// `$1` who asks, `$2` the tokens, `$3` now, `$4` a tag, `$5` `$6` `$9` whose, `$7` which kind, `$8` how many.
macro_rules! lines {
    ($fitting:expr, $newest:literal, $ids:expr, $names:expr) => {
        concat!(
            named_for!(),
            "SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, o.name AS owner_name, l.id AS row, l.kind, l.comment_id, c.author_name AS author, l.at_ms, l.written_at, l.text, \
             CAST(NULL AS BIGINT) AS first_n, CAST(NULL AS BIGINT) AS end_n FROM (SELECT f.id FROM ",
            $fitting,
            " LEFT JOIN comments c ON c.id = f.comment_id WHERE ",
            readable!(),
            " AND (f.comment_id IS NULL OR (c.deleted_at IS NULL AND (c.visibility <> 'author' OR c.user_id = $1))) AND ",
            tagged!(),
            " AND ($5 OR (f.comment_id IS NULL AND r.owner_id IN ",
            $ids,
            ") OR (f.comment_id IS NOT NULL AND (c.user_id IN ",
            $ids,
            " OR (c.user_id IS NULL AND c.author_name IN ",
            $names,
            ")))) AND ($7 = '' OR f.kind = $7) ORDER BY ",
            $newest,
            " DESC LIMIT $8) page JOIN search_lines l ON l.id = page.id \
             JOIN recordings r ON r.id = l.recording_id JOIN users o ON o.id = r.owner_id LEFT JOIN users u ON u.id = $1 \
             LEFT JOIN comments c ON c.id = l.comment_id ORDER BY page.id DESC"
        )
    };
}
/// The same of words by moment: of what was said and what was shown.
macro_rules! by_moment {
    ($cells:expr, $table:literal, $fitting:expr, $newest:literal, $ids:expr) => {
        concat!(
            named_for!(),
            "SELECT ",
            recording_columns!(),
            ", ",
            named!(),
            " AS named, o.name AS owner_name, l.id AS row, NULL AS comment_id, NULL AS author, r.created_at AS written_at, l.text, ",
            $cells,
            " FROM (SELECT f.id FROM ",
            $fitting,
            " WHERE ",
            readable!(),
            " AND ",
            tagged!(),
            " AND ($5 OR r.owner_id IN ",
            $ids,
            ") ORDER BY ",
            $newest,
            " DESC LIMIT $7) page JOIN ",
            $table,
            " l ON l.id = page.id JOIN recordings r ON r.id = l.recording_id JOIN users o ON o.id = r.owner_id LEFT JOIN users u ON u.id = $1 ORDER BY page.id DESC"
        )
    };
}

const LINES_SQLITE: &str = lines!(
    dialect::lines_that_fit_sqlite!(),
    "t.rowid",
    dialect::ids_sqlite!("$6"),
    dialect::texts_sqlite!("$9")
);
const LINES_POSTGRES: &str = lines!(
    dialect::lines_that_fit_postgres!(),
    "f.id",
    dialect::ids_postgres!("$6"),
    dialect::texts_postgres!("$9")
);
macro_rules! spoken {
    () => {
        "'speech' AS kind, l.start_ms AS at_ms, l.first_n, l.end_n"
    };
}
macro_rules! shown {
    () => {
        "'screen' AS kind, l.at_ms, CAST(NULL AS BIGINT) AS first_n, CAST(NULL AS BIGINT) AS end_n"
    };
}
const SPOKEN_SQLITE: &str = by_moment!(
    spoken!(),
    "search_windows",
    dialect::windows_that_fit_sqlite!(),
    "t.rowid",
    dialect::ids_sqlite!("$6")
);
const SPOKEN_POSTGRES: &str = by_moment!(
    spoken!(),
    "search_windows",
    dialect::windows_that_fit_postgres!(),
    "f.id",
    dialect::ids_postgres!("$6")
);
const SHOWN_SQLITE: &str = by_moment!(
    shown!(),
    "search_screens",
    dialect::screens_that_fit_sqlite!(),
    "t.rowid",
    dialect::ids_sqlite!("$6")
);
const SHOWN_POSTGRES: &str = by_moment!(
    shown!(),
    "search_screens",
    dialect::screens_that_fit_postgres!(),
    "f.id",
    dialect::ids_postgres!("$6")
);

/// What can be searched for in recording `$1`, for member `$2` or nobody, `$3` rows at most: first what is of the whole recording, then by
/// moments. Who has no account knows others by the names on their comments.
const OF_RECORDING: &str = "SELECT l.id AS row, l.kind, l.comment_id, c.author_name AS author, COALESCE(u.name, c.author_name, o.name) AS whose, \
     l.at_ms, l.written_at, l.text, CAST(NULL AS BIGINT) AS first_n, CAST(NULL AS BIGINT) AS end_n FROM search_lines l \
     JOIN recordings r ON r.id = l.recording_id JOIN users o ON o.id = r.owner_id LEFT JOIN comments c ON c.id = l.comment_id \
     LEFT JOIN users u ON u.id = c.user_id AND $2 IS NOT NULL \
     WHERE l.recording_id = $1 AND (l.comment_id IS NULL OR (c.deleted_at IS NULL AND (c.visibility = 'everyone' \
     OR ($2 IS NOT NULL AND (c.visibility = 'members' OR c.user_id = $2))))) \
     UNION ALL SELECT w.id, 'speech', NULL, NULL, o.name, w.start_ms, r.created_at, w.text, w.first_n, w.end_n \
     FROM search_windows w JOIN recordings r ON r.id = w.recording_id JOIN users o ON o.id = r.owner_id WHERE w.recording_id = $1 \
     UNION ALL SELECT s.id, 'screen', NULL, NULL, o.name, s.at_ms, r.created_at, s.text, NULL, NULL \
     FROM search_screens s JOIN recordings r ON r.id = s.recording_id JOIN users o ON o.id = r.owner_id WHERE s.recording_id = $1 \
     ORDER BY 6 NULLS FIRST LIMIT $3";

/// A row of one recording that can be searched in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsideRow {
    pub found: Found,
    pub author: Option<String>,
    /// The name of who wrote it, or whose the recording is, that `from:` asks for.
    pub whose: String,
    pub words: Option<(u64, u64)>,
}

type InsideCells = (
    i64,
    String,
    Option<Uuid>,
    Option<String>,
    String,
    Option<i64>,
    i64,
    String,
    Option<i64>,
    Option<i64>,
);

macro_rules! words_of {
    ($numbers:expr) => {
        concat!(
            "SELECT f.id, w.n, w.start_ms, w.end_ms, w.text, w.gap, w.joined FROM search_windows f JOIN words w ON w.recording_id = f.recording_id \
             AND w.n >= f.first_n AND w.n < f.end_n WHERE f.id IN ",
            $numbers,
            " ORDER BY f.id, w.n"
        )
    };
}
const WORDS_SQLITE: &str = words_of!(dialect::numbers_sqlite!("$1"));
const WORDS_POSTGRES: &str = words_of!(dialect::numbers_postgres!("$1"));

impl Store {
    /// Titles, chapters, tags, names and comments that fit, the newest rows first.
    pub async fn found_lines(&self, asking: Asking<'_>) -> Result<Vec<FoundRow>> {
        let (sql, tokens) = match self {
            Self::Sqlite { .. } => (LINES_SQLITE, fts5(asking.query)),
            Self::Postgres(_) => (LINES_POSTGRES, tsquery(asking.query)),
        };
        self.lines(sql, &tokens, asking).await
    }

    /// The same without comments, of which there may be so many that nothing else is among the newest.
    pub async fn found_names(&self, asking: Asking<'_>) -> Result<Vec<FoundRow>> {
        let (sql, tokens) = match self {
            Self::Sqlite { .. } => (LINES_SQLITE, fts5_of_names(asking.query)),
            Self::Postgres(_) => (LINES_POSTGRES, tsquery_of_names(asking.query)),
        };
        self.lines(sql, &tokens, asking).await
    }

    async fn lines(
        &self,
        sql: &'static str,
        tokens: &str,
        asking: Asking<'_>,
    ) -> Result<Vec<FoundRow>> {
        let kind = asking.query.kind.map_or("", Kind::as_str);
        let rows = on_db!(self, |db| sqlx::query_as::<_, Row>(sql)
            // PostgreSQL plans it anew: how it is done depends on how rare the words are.
            .persistent(false)
            .bind(asking.member.0)
            .bind(tokens)
            .bind(asking.now.micros())
            .bind(asking.query.tag.as_deref().unwrap_or_default())
            .bind(asking.from.is_none())
            .bind(digits(asking.from))
            .bind(kind)
            .bind(i64::from(asking.limit))
            .bind(others(asking.from))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(FoundRow::try_from).collect()
    }

    /// What was said that fits, the newest rows first.
    pub async fn found_speech(&self, asking: Asking<'_>) -> Result<Vec<FoundRow>> {
        self.words_by_moment(asking, SPOKEN_SQLITE, SPOKEN_POSTGRES)
            .await
    }

    /// Text in pictures that fits, the newest rows first.
    pub async fn found_screens(&self, asking: Asking<'_>) -> Result<Vec<FoundRow>> {
        self.words_by_moment(asking, SHOWN_SQLITE, SHOWN_POSTGRES)
            .await
    }

    async fn words_by_moment(
        &self,
        asking: Asking<'_>,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Result<Vec<FoundRow>> {
        let (sql, tokens) = match self {
            Self::Sqlite { .. } => (sqlite, fts5(asking.query)),
            Self::Postgres(_) => (postgres, tsquery(asking.query)),
        };
        let rows = on_db!(self, |db| sqlx::query_as::<_, Row>(sql)
            // PostgreSQL plans it anew: how it is done depends on how rare the words are.
            .persistent(false)
            .bind(asking.member.0)
            .bind(tokens.as_str())
            .bind(asking.now.micros())
            .bind(asking.query.tag.as_deref().unwrap_or_default())
            .bind(asking.from.is_none())
            .bind(digits(asking.from))
            .bind(i64::from(asking.limit))
            .fetch_all(db)
            .await)?;
        rows.into_iter().map(FoundRow::try_from).collect()
    }

    /// What of a recording somebody who sees it may search in, so many rows of it; nobody's and guests' are the lines that everybody
    /// reads.
    pub async fn searchable(
        &self,
        recording: RecordingId,
        member: Option<UserId>,
        most: u32,
    ) -> Result<Vec<InsideRow>> {
        let rows: Vec<InsideCells> = on_db!(self, |db| sqlx::query_as(OF_RECORDING)
            .bind(recording.0)
            .bind(member.map(|id| id.0))
            .bind(i64::from(most))
            .fetch_all(db)
            .await)?;
        let table = Table("search_lines");
        let number = |n: i64| table.unsigned("first_n", n);
        let rows = rows.into_iter().map(
            |(row, kind, comment, author, whose, at_ms, at, text, first, end)| {
                let words = first.zip(end);
                let words = words.map(|(a, b)| Ok::<_, StoreError>((number(a)?, number(b)?)));
                Ok(InsideRow {
                    found: Found {
                        row,
                        recording,
                        line: Line {
                            kind: table.parsed("kind", kind)?,
                            comment: comment.map(CommentId),
                            at_ms: at_ms.map(|ms| table.unsigned("at_ms", ms)).transpose()?,
                            text,
                        },
                        at: Timestamp::from_micros(at),
                    },
                    author,
                    whose,
                    words: words.transpose()?,
                })
            },
        );
        rows.collect()
    }

    /// The words of these windows, by window and in order.
    pub async fn words_of_windows(&self, windows: &[i64]) -> Result<Vec<(i64, Word)>> {
        type Cells = (i64, i64, i64, i64, String, bool, bool);
        let sql = match self {
            Self::Sqlite { .. } => WORDS_SQLITE,
            Self::Postgres(_) => WORDS_POSTGRES,
        };
        let ids = serde_json::Value::from(windows.to_vec()).to_string();
        let rows: Vec<Cells> = on_db!(self, |db| sqlx::query_as(sql)
            .bind(ids.as_str())
            .fetch_all(db)
            .await)?;
        let rows = rows
            .into_iter()
            .map(|(id, n, start_ms, end_ms, text, gap, joined)| {
                let cells = (n, start_ms, end_ms, text, gap, joined);
                Ok((id, crate::store::transcript_read::word(cells)?))
            });
        rows.collect()
    }

    /// Names of everybody who has an account or had one.
    pub async fn names_of_people(&self) -> Result<Vec<(UserId, String)>> {
        const SQL: &str = "SELECT id, name FROM users";
        let rows: Vec<(Uuid, String)> = on_db!(self, |db| sqlx::query_as(SQL).fetch_all(db).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, name)| (UserId(id), name))
            .collect())
    }

    /// Names under which somebody wrote who has no account.
    pub async fn names_of_guests(&self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT DISTINCT author_name FROM comments WHERE user_id IS NULL";
        Ok(on_db!(self, |db| sqlx::query_scalar(SQL)
            .fetch_all(db)
            .await)?)
    }
}

fn digits(people: Option<&People>) -> String {
    let ids = people.map(|it| it.accounts.as_slice()).unwrap_or_default();
    let digits = ids.iter().map(|id| id.0.simple().to_string());
    serde_json::Value::from_iter(digits).to_string()
}

fn others(people: Option<&People>) -> String {
    let names = people.map(|it| it.others.as_slice()).unwrap_or_default();
    serde_json::Value::from(names.to_vec()).to_string()
}

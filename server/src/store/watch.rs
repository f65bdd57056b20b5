//! What a request for a watch link needs, in one statement each: who asks, the recording, and what the page shows.

use aside_protocol::id::{MarkId, RecordingId, Slug};
use aside_protocol::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::types::{Json, Uuid};

use super::cell::Table;
use super::layouts::LayoutRow;
use super::recordings::{RecordingRow, recording_columns};
use super::shares::named;
use super::tokens::{Shown, ShownRow, shown_columns};
use super::transcript_read::TranscriptStatus;
use super::views::{is_on, view_count};
use super::{Result, Store, dialect, downloads, layouts, transcript_read};
use crate::domain::download::Download;
use crate::domain::mark::Mark;
use crate::domain::recording::Recording;
use crate::domain::token::TokenHash;
use crate::domain::transcript::Stretch;
use crate::domain::views::Switches;
use crate::on_db;

/// A recording, deleted or not, and who asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub recording: Recording,
    pub owner_name: String,
    /// What is known of the tokens that were shown, and whether its person is one of those who are named.
    pub shown: Vec<(Shown, bool)>,
    /// Whoever reads the events of the recording after this number misses none that is still to come: the number of its
    /// newest one, or of the last that was forgotten.
    pub newest_event: i64,
}

/// What the page of a recording shows beside the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Not deleted ones that everyone reads, replies too.
    pub comments: u64,
    pub layout: LayoutRow,
    /// Not deleted ones, by moment.
    pub marks: Vec<Mark>,
    /// How the take went, as its recorder says.
    pub report: Option<Value>,
    pub download: Download,
    /// None where there is nothing to transcribe (yet).
    pub transcript: Option<TranscriptStatus>,
    pub views: u64,
    /// Whether they are counted and shown.
    pub switches: Switches,
}

#[derive(sqlx::FromRow)]
pub(super) struct AskedRow {
    #[sqlx(flatten)]
    recording: RecordingRow,
    #[sqlx(flatten)]
    shown: ShownRow,
    named: bool,
    owner_name: String,
    newest_event: i64,
}

#[derive(sqlx::FromRow)]
struct PageRow {
    #[sqlx(flatten)]
    asked: AskedRow,
    comment_count: i64,
    l_version: Option<i64>,
    l_moments: Option<Json<Vec<aside_protocol::layout::LayoutMoment>>>,
    marks: Option<Json<Vec<MarkJson>>>,
    report: Option<Json<Value>>,
    d_state: Option<String>,
    d_percent: Option<i64>,
    d_why: Option<String>,
    d_key: Option<String>,
    d_size: Option<i64>,
    t_state: Option<String>,
    t_done_ms: Option<i64>,
    t_settled: Option<i64>,
    t_language: Option<String>,
    t_missing: Option<Json<Vec<Stretch>>>,
    t_version: Option<i64>,
    view_count: i64,
    o_views: bool,
    u_views: Option<bool>,
    views_setting: Option<String>,
}

/// As `dialect` writes it.
#[derive(Deserialize)]
struct MarkJson {
    id: Uuid,
    at_ms: u64,
    title: String,
    created_at: i64,
    version: i64,
}

macro_rules! asked_columns {
    () => {
        concat!(
            recording_columns!(),
            ", ",
            shown_columns!(),
            ", (",
            named!(),
            " OR EXISTS (SELECT 1 FROM grants g WHERE g.recording_id = r.id AND k.kind = 'guest' AND g.email = k.email \
             AND k.email_until > $4)) AS named, \
             o.name AS owner_name, CAST(COALESCE((SELECT MAX(seq) FROM events WHERE recording_id = r.id), \
             (SELECT MIN(seq) - 1 FROM events), 0) AS BIGINT) AS newest_event"
        )
    };
}

/// $1 slug, $2 and $3 hashes of tokens, $4 now.
macro_rules! from_asked {
    () => {
        " FROM recordings r JOIN users o ON o.id = r.owner_id \
         LEFT JOIN tokens k ON k.hash IN ($2, $3) LEFT JOIN users u ON u.id = k.user_id AND u.deactivated_at IS NULL "
    };
}
pub(super) use {asked_columns, from_asked};

macro_rules! page {
    ($marks:expr) => {
        concat!(
            "SELECT ",
            asked_columns!(),
            ", (SELECT CAST(COUNT(*) AS BIGINT) FROM comments WHERE recording_id = r.id AND deleted_at IS NULL AND visibility = 'everyone') AS comment_count, \
             l.version AS l_version, l.moments AS l_moments, t.report, \
             d.state AS d_state, d.percent AS d_percent, d.why AS d_why, d.key AS d_key, d.size AS d_size, \
             w.state AS t_state, w.done_ms AS t_done_ms, w.settled AS t_settled, w.language AS t_language, w.missing AS t_missing, w.version AS t_version, \
             o.views AS o_views, u.views AS u_views, (SELECT value FROM settings WHERE name = 'views') AS views_setting, ",
            view_count!(),
            ", ",
            $marks,
            " AS marks",
            from_asked!(),
            "LEFT JOIN layouts l ON l.recording_id = r.id LEFT JOIN take_reports t ON t.recording_id = r.id \
             LEFT JOIN downloads d ON d.recording_id = r.id LEFT JOIN transcripts w ON w.recording_id = r.id WHERE r.slug = $1"
        )
    };
}

const ASKED: &str = concat!(
    "SELECT ",
    asked_columns!(),
    from_asked!(),
    "WHERE r.slug = $1"
);
const PAGE_SQLITE: &str = page!(dialect::marks_sqlite!());
const PAGE_POSTGRES: &str = page!(dialect::marks_postgres!());

impl Store {
    /// The rows of a statement that asks with what `asked_columns` reads by: `$1` the link, `$2` and `$3` the tokens, `$4` the time.
    pub(super) async fn asked_rows<R>(
        &self,
        sql: &'static str,
        slug: &Slug,
        hashes: &[TokenHash; 2],
        now: Timestamp,
    ) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        Ok(on_db!(self, |db| sqlx::query_as::<_, R>(sql)
            .bind(slug.as_str())
            .bind(hashes[0].as_slice())
            .bind(hashes[1].as_slice())
            .bind(now.micros())
            .fetch_all(db)
            .await)?)
    }

    /// The recording behind a link, and what is known of these tokens.
    pub async fn asked(
        &self,
        slug: &Slug,
        hashes: &[TokenHash; 2],
        now: Timestamp,
    ) -> Result<Option<Asked>> {
        asked(self.asked_rows(ASKED, slug, hashes, now).await?)
    }

    /// The same with what its page shows.
    pub async fn page(
        &self,
        slug: &Slug,
        hashes: &[TokenHash; 2],
        now: Timestamp,
    ) -> Result<Option<(Asked, Page)>> {
        let sql = match self {
            Self::Sqlite { .. } => PAGE_SQLITE,
            Self::Postgres(_) => PAGE_POSTGRES,
        };
        let mut rows: Vec<PageRow> = self.asked_rows(sql, slug, hashes, now).await?;
        // The rows differ in the token and its person only; a guest's has none.
        let refused = rows.iter().any(|row| row.u_views == Some(false));
        let Some(first) = rows.pop() else {
            return Ok(None);
        };
        let id = RecordingId(first.asked.recording.id());
        let (asked_row, page) = first.split(id, !refused)?;
        let rows = rows.into_iter().map(|row| row.asked).chain([asked_row]);
        Ok(asked(rows.collect())?.map(|asked| (asked, page)))
    }
}

pub(super) fn asked(rows: Vec<AskedRow>) -> Result<Option<Asked>> {
    let mut found: Option<Asked> = None;
    for row in rows {
        let shown = row.shown.read()?;
        let found = match &mut found {
            Some(found) => found,
            none => none.insert(Asked {
                recording: row.recording.try_into()?,
                owner_name: row.owner_name,
                shown: Vec::new(),
                newest_event: row.newest_event,
            }),
        };
        found.shown.extend(shown.map(|shown| (shown, row.named)));
    }
    Ok(found)
}

impl PageRow {
    /// `viewer`: whether the viewer's own switch is on.
    fn split(self, id: RecordingId, viewer: bool) -> Result<(AskedRow, Page)> {
        let marks = self.marks.map(|Json(marks)| marks).unwrap_or_default();
        let marks = marks.into_iter().map(|mark| Mark {
            id: MarkId(mark.id),
            recording: id,
            at_ms: mark.at_ms,
            title: mark.title,
            created_at: Timestamp::from_micros(mark.created_at),
            deleted_at: None,
            version: mark.version,
        });
        let download = match (self.d_state, self.d_percent) {
            (Some(state), Some(percent)) => {
                Some((state, percent, self.d_why, self.d_key, self.d_size))
            }
            _ => None,
        };
        let version = self.t_version.unwrap_or_default();
        let transcript = match (self.t_state, self.t_done_ms, self.t_settled) {
            (Some(state), Some(done_ms), Some(settled)) => Some((
                state,
                done_ms,
                settled,
                self.t_language,
                self.t_missing,
                version,
            )),
            _ => None,
        };
        let page = Page {
            comments: Table("comments").unsigned("count", self.comment_count)?,
            layout: layouts::row(self.l_version.zip(self.l_moments)),
            marks: marks.collect(),
            report: self.report.map(|Json(report)| report),
            download: downloads::download(download)?,
            transcript: transcript.map(transcript_read::status).transpose()?,
            views: Table("views").unsigned("count", self.view_count)?,
            switches: Switches {
                server: is_on(self.views_setting.as_deref()),
                owner: self.o_views,
                viewer,
            },
        };
        Ok((self.asked, page))
    }
}

//! Rows with their tokens in, many in one statement: they travel as JSON, which both databases read.

use aside_protocol::id::{CommentId, MarkId, RecordingId};
use aside_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::expression::{columns, marked, tsvector};
use crate::domain::screen_text::ScreenLine;
use crate::domain::search::{Kind, Token, Window, tokens};
use crate::store::{Result, Tx};

/// Rows of one statement.
const ROWS_PER_STATEMENT: usize = 500;

/// A row of `search_lines`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    pub kind: Kind,
    /// Of a comment.
    pub comment: Option<CommentId>,
    /// Of a chapter.
    pub mark: Option<MarkId>,
    pub at_ms: Option<u64>,
    pub written_at: Timestamp,
    pub text: String,
}

/// Where rows go. `value ->> 0` is a row's `tsvector`, its other cells follow.
struct Target {
    /// The number of the newest row. SQLite has one writer: the next ones are ours.
    newest: &'static str,
    /// `$1` the recording, `$2` the rows, `$3` the newest number.
    sqlite: &'static str,
    /// `$1` the newest number, `$2` the tokens.
    tokens: &'static str,
    /// `$1` the recording, `$2` the rows.
    postgres: &'static str,
}

macro_rules! target {
    ($table:literal, $tokens:literal, $columns:literal, $sqlite:literal, $postgres:literal) => {
        Target {
            newest: concat!(
                "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = '",
                $table,
                "'"
            ),
            sqlite: concat!(
                "INSERT INTO ",
                $table,
                " (id, recording_id, ",
                $columns,
                ") SELECT $3 + 1 + key, $1, ",
                $sqlite,
                " FROM json_each($2)"
            ),
            tokens: concat!(
                "INSERT INTO ",
                $tokens,
                " (rowid, main, beside) SELECT $1 + 1 + key, value ->> 0, value ->> 1 FROM json_each($2)"
            ),
            postgres: concat!(
                "INSERT INTO ",
                $table,
                " (recording_id, tokens, ",
                $columns,
                ") SELECT $1, CAST(value ->> 0 AS tsvector), ",
                $postgres,
                " FROM json_array_elements(CAST($2 AS json))"
            ),
        }
    };
    ($table:literal, $tokens:literal, $columns:literal, $cells:literal) => {
        target!($table, $tokens, $columns, $cells, $cells)
    };
}

const LINES: Target = target!(
    "search_lines",
    "search_line_tokens",
    "kind, comment_id, mark_id, at_ms, written_at, text",
    "value ->> 1, unhex(value ->> 2), unhex(value ->> 3), CAST(value ->> 4 AS BIGINT), CAST(value ->> 5 AS BIGINT), value ->> 6",
    "value ->> 1, CAST(value ->> 2 AS UUID), CAST(value ->> 3 AS UUID), CAST(value ->> 4 AS BIGINT), CAST(value ->> 5 AS BIGINT), value ->> 6"
);
const WINDOWS: Target = target!(
    "search_windows",
    "search_window_tokens",
    "first_n, end_n, next_n, closed, start_ms, text",
    "CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS BOOLEAN), CAST(value ->> 5 AS BIGINT), value ->> 6"
);
const SCREENS: Target = target!(
    "search_screens",
    "search_screen_tokens",
    "at_ms, text",
    "CAST(value ->> 1 AS BIGINT), value ->> 2"
);

pub(super) async fn lines(tx: &mut Tx, recording: RecordingId, rows: &[LineRow]) -> Result<()> {
    let row = |it: &LineRow| {
        let digits = |id: uuid::Uuid| id.simple().to_string();
        let cells = vec![
            json!(it.kind.as_str()),
            json!(it.comment.map(|id| digits(id.0))),
            json!(it.mark.map(|id| digits(id.0))),
            json!(it.at_ms),
            json!(it.written_at.micros()),
            json!(it.text),
        ];
        (marked(tokens(&it.text), it.kind), cells)
    };
    insert(tx, &LINES, recording, rows, row).await
}

pub async fn windows(tx: &mut Tx, recording: RecordingId, rows: &[Window]) -> Result<()> {
    let row = |it: &Window| {
        let cells = vec![
            json!(it.first),
            json!(it.end),
            json!(it.next),
            json!(it.closed),
            json!(it.start_ms),
            json!(it.text),
        ];
        (tokens(&it.text), cells)
    };
    insert(tx, &WINDOWS, recording, rows, row).await
}

pub(super) async fn screens(
    tx: &mut Tx,
    recording: RecordingId,
    rows: &[ScreenLine],
) -> Result<()> {
    let row = |it: &ScreenLine| (tokens(&it.text), vec![json!(it.at_ms), json!(it.text)]);
    insert(tx, &SCREENS, recording, rows, row).await
}

async fn insert<T>(
    tx: &mut Tx,
    target: &Target,
    recording: RecordingId,
    rows: &[T],
    row: impl Fn(&T) -> (Vec<Token>, Vec<Value>),
) -> Result<()> {
    for some in rows.chunks(ROWS_PER_STATEMENT) {
        let some = some.iter().map(&row);
        match tx {
            Tx::Sqlite(tx) => {
                let (mut texts, mut all) = (Vec::new(), Vec::new());
                for (tokens, cells) in some {
                    texts.push(json!(columns(&tokens)));
                    all.push(array(Value::Null, cells));
                }
                let newest: i64 = sqlx::query_scalar(target.newest)
                    .fetch_one(&mut **tx)
                    .await?;
                sqlx::query(target.sqlite)
                    .bind(recording.0)
                    .bind(Value::Array(all).to_string())
                    .bind(newest)
                    .execute(&mut **tx)
                    .await?;
                sqlx::query(target.tokens)
                    .bind(newest)
                    .bind(Value::Array(texts).to_string())
                    .execute(&mut **tx)
                    .await?;
            }
            Tx::Postgres(tx) => {
                let all = some.map(|(tokens, cells)| array(json!(tsvector(&tokens)), cells));
                sqlx::query(target.postgres)
                    .bind(recording.0)
                    .bind(Value::from_iter(all).to_string())
                    .execute(&mut **tx)
                    .await?;
            }
        }
    }
    Ok(())
}

fn array(first: Value, mut cells: Vec<Value>) -> Value {
    cells.insert(0, first);
    Value::Array(cells)
}

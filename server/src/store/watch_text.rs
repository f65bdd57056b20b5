//! What is written about the recording behind a link, its comments and its words: read in one statement with the recording and
//! who asks for it.

use aside_protocol::id::Slug;
use aside_protocol::time::Timestamp;
use sqlx::types::Json;

use super::comments::CommentRow;
use super::reactions::MomentRow;
use super::recordings::recording_columns;
use super::shares::named;
use super::tokens::shown_columns;
use super::transcript_read::{TranscriptStatus, word};
use super::turns::{TurnRow, turn};
use super::watch::{Asked, AskedRow, asked, asked_columns, from_asked};
use super::{Result, Store, dialect, transcript_read};
use crate::domain::comment::Comment;
use crate::domain::reaction::MomentReaction;
use crate::domain::token::TokenHash;
use crate::domain::transcript::{Stretch, Word};
use crate::domain::turns::Turn;

/// What people said of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub comments: Vec<Comment>,
    pub moments: Vec<MomentReaction>,
}

/// What is published of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// None where there is nothing to transcribe (yet).
    pub status: Option<TranscriptStatus>,
    /// In order.
    pub words: Vec<Word>,
    /// Who is heard when, by moment; empty where it is not known.
    pub turns: Vec<Turn>,
}

#[derive(sqlx::FromRow)]
struct CommentsRow {
    #[sqlx(flatten)]
    asked: AskedRow,
    comments: Option<Json<Vec<CommentRow>>>,
    moments: Option<Json<Vec<MomentRow>>>,
}

/// A word as `dialect` writes it.
type WordJson = (i64, i64, i64, String, u8, u8);

#[derive(sqlx::FromRow)]
struct WordsRow {
    #[sqlx(flatten)]
    asked: AskedRow,
    t_state: Option<String>,
    t_done_ms: Option<i64>,
    t_settled: Option<i64>,
    t_language: Option<String>,
    t_missing: Option<Json<Vec<Stretch>>>,
    t_version: Option<i64>,
    words: Option<Json<Vec<WordJson>>>,
    turns: Option<Json<Vec<TurnRow>>>,
}

#[derive(sqlx::FromRow)]
struct OpeningRow {
    #[sqlx(flatten)]
    asked: AskedRow,
    opening: Option<Json<Vec<(String, u8)>>>,
    moving: bool,
}

macro_rules! with_opening {
    ($opening:expr) => {
        concat!(
            "SELECT ",
            asked_columns!(),
            ", ",
            $opening,
            " AS opening, EXISTS (SELECT 1 FROM previews v WHERE v.recording_id = r.id) AS moving",
            from_asked!(),
            "WHERE r.slug = $1"
        )
    };
}

const OPENING_SQLITE: &str = with_opening!(dialect::opening_sqlite!());
const OPENING_POSTGRES: &str = with_opening!(dialect::opening_postgres!());

macro_rules! with_comments {
    ($comments:expr, $moments:expr) => {
        concat!(
            "SELECT ",
            asked_columns!(),
            ", ",
            $comments,
            " AS comments, ",
            $moments,
            " AS moments",
            from_asked!(),
            "WHERE r.slug = $1"
        )
    };
}

macro_rules! with_words {
    ($words:expr, $turns:expr) => {
        concat!(
            "SELECT ",
            asked_columns!(),
            ", t.state AS t_state, t.done_ms AS t_done_ms, t.settled AS t_settled, t.language AS t_language, t.missing AS t_missing, t.version AS t_version, ",
            $words,
            " AS words, ",
            $turns,
            " AS turns",
            from_asked!(),
            "LEFT JOIN transcripts t ON t.recording_id = r.id WHERE r.slug = $1"
        )
    };
}

const COMMENTS_SQLITE: &str =
    with_comments!(dialect::comments_sqlite!(), dialect::moments_sqlite!());
const COMMENTS_POSTGRES: &str =
    with_comments!(dialect::comments_postgres!(), dialect::moments_postgres!());
const WORDS_SQLITE: &str = with_words!(dialect::words_sqlite!(), dialect::turns_sqlite!());
const WORDS_POSTGRES: &str = with_words!(dialect::words_postgres!(), dialect::turns_postgres!());

impl Store {
    /// The recording behind a link, what is known of these tokens, every comment, deleted ones too, in no order, and every reaction to
    /// a moment, in the order of these.
    pub async fn asked_with_comments(
        &self,
        slug: &Slug,
        hashes: &[TokenHash; 2],
        now: Timestamp,
    ) -> Result<Option<(Asked, Said)>> {
        let sql = match self {
            Self::Sqlite { .. } => COMMENTS_SQLITE,
            Self::Postgres(_) => COMMENTS_POSTGRES,
        };
        let mut rows: Vec<CommentsRow> = self.asked_rows(sql, slug, hashes, now).await?;
        // The rows differ in the token only.
        let comments = rows.first_mut().and_then(|row| row.comments.take());
        let comments = comments.map(|Json(comments)| comments).unwrap_or_default();
        let comments = comments.into_iter().map(Comment::try_from);
        let comments: Vec<Comment> = comments.collect::<Result<_>>()?;
        let moments = rows.first_mut().and_then(|row| row.moments.take());
        let moments = moments.map(|Json(moments)| moments).unwrap_or_default();
        let moments = moments.into_iter().map(MomentReaction::try_from);
        let moments: Vec<MomentReaction> = moments.collect::<Result<_>>()?;
        let asked = asked(rows.into_iter().map(|row| row.asked).collect())?;
        Ok(asked.map(|asked| (asked, Said { comments, moments })))
    }

    /// The recording behind a link, what is known of these tokens, the first words that are spoken in it, and whether it has a
    /// preview.
    pub async fn asked_with_opening(
        &self,
        slug: &Slug,
        hashes: &[TokenHash; 2],
        now: Timestamp,
    ) -> Result<Option<(Asked, (String, bool))>> {
        let sql = match self {
            Self::Sqlite { .. } => OPENING_SQLITE,
            Self::Postgres(_) => OPENING_POSTGRES,
        };
        let mut rows: Vec<OpeningRow> = self.asked_rows(sql, slug, hashes, now).await?;
        let moving = rows.first().is_some_and(|row| row.moving);
        let words = rows.first_mut().and_then(|row| row.opening.take());
        let words = words.map(|Json(words)| words).unwrap_or_default();
        let mut opening = String::new();
        for (word, joined) in words {
            if !opening.is_empty() && joined == 0 {
                opening.push(' ');
            }
            opening.push_str(&word);
        }
        let asked = asked(rows.into_iter().map(|row| row.asked).collect())?;
        Ok(asked.map(|asked| (asked, (opening, moving))))
    }

    /// The same with what is published of its transcript.
    pub async fn asked_with_words(
        &self,
        slug: &Slug,
        hashes: &[TokenHash; 2],
        now: Timestamp,
    ) -> Result<Option<(Asked, Written)>> {
        let sql = match self {
            Self::Sqlite { .. } => WORDS_SQLITE,
            Self::Postgres(_) => WORDS_POSTGRES,
        };
        let mut rows: Vec<WordsRow> = self.asked_rows(sql, slug, hashes, now).await?;
        let Some(first) = rows.first_mut() else {
            return Ok(None);
        };
        let written = first.written()?;
        let asked = asked(rows.into_iter().map(|row| row.asked).collect())?;
        Ok(asked.map(|asked| (asked, written)))
    }
}

impl WordsRow {
    /// Takes it out.
    fn written(&mut self) -> Result<Written> {
        let status = match (self.t_state.take(), self.t_done_ms, self.t_settled) {
            (Some(state), Some(done_ms), Some(settled)) => {
                let (language, missing) = (self.t_language.take(), self.t_missing.take());
                let version = self.t_version.unwrap_or_default();
                let row = (state, done_ms, settled, language, missing, version);
                Some(transcript_read::status(row)?)
            }
            _ => None,
        };
        let words = self.words.take().map(|Json(words)| words);
        let words = words.unwrap_or_default().into_iter();
        let words = words.map(|(n, start, end, text, gap, joined)| {
            word((n, start, end, text, gap != 0, joined != 0))
        });
        let turns = self.turns.take().map(|Json(turns)| turns);
        let turns = turns.unwrap_or_default().into_iter().map(turn);
        Ok(Written {
            status,
            words: words.collect::<Result<_>>()?,
            turns: turns.collect::<Result<_>>()?,
        })
    }
}

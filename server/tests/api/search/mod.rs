//! Search: one table of claims for both databases, rights, and that what can be found is what is there.

mod index;
mod rights;
mod screen;
mod words;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::TrackName;
use aside_server::domain::transcript::{Correction, TranscriptState, Word};
use aside_server::service::search::index as searchable;
use aside_server::store::transcripts::{self, Progress};
use aside_server::store::{Store, StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use serde_json::{Value, json};

use crate::take::{Take, begin, member};

/// Publishes words in place of those from number `from` on, half a second each; `|` before one: a pause precedes.
async fn say(app: &TestApp, recording: RecordingId, from: u64, text: &str) {
    let now = app.app.now();
    let words = text.split_whitespace().zip(from..).map(|(text, n)| Word {
        n,
        start_ms: n * 500,
        end_ms: n * 500 + 400,
        text: text.trim_start_matches('|').to_owned(),
        gap: text.starts_with('|'),
        joined: false,
    });
    let words: Vec<Word> = words.collect();
    let wrote = app.app.store.write(async |tx: &mut Tx| {
        transcripts::begin(tx, recording, now).await?;
        transcripts::set_state(tx, recording, TranscriptState::Running, now).await?;
        let row = transcripts::row(tx, recording).await?;
        let published = row.map_or(0, |row| row.words);
        let correction = Correction { from, words };
        let progress = Progress::default();
        transcripts::write(tx, recording, published, Some(&correction), &progress, now).await
    });
    wrote.await.unwrap_or_else(|e: StoreError| panic!("{e}"));
}

/// Runs a statement past the program.
async fn run(app: &TestApp, sql: &'static str) {
    match &app.app.store {
        Store::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()),
        Store::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ()),
    }
    .unwrap();
}

/// A take by a new member of this name.
async fn take_of(app: &TestApp, name: &str) -> Take {
    let owner = member(app, name).await;
    begin(app, owner, &[TrackName::Video, TrackName::Audio]).await
}

async fn catch_up(app: &TestApp) {
    searchable::catch_up(&app.app).await.unwrap();
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn page(client: &Client, typed: &str) -> Value {
    let path = format!("/api/search?q={}", encoded(typed));
    client.get(&path).await.expect(200).json()
}

/// Hits as `kind: text` with marks in brackets, in order.
async fn hits(client: &Client, typed: &str) -> Vec<String> {
    shown(&page(client, typed).await)
}

fn shown(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let line = |it: &Value| {
        let mut units: Vec<u16> = it["text"].as_str().unwrap().encode_utf16().collect();
        for mark in it["marks"].as_array().unwrap().iter().rev() {
            for (side, sign) in [("end", "]"), ("start", "[")] {
                let at = usize::try_from(mark[side].as_u64().unwrap()).unwrap();
                units.splice(at..at, sign.encode_utf16());
            }
        }
        let text = String::from_utf16(&units).unwrap();
        format!("{}: {text}", it["kind"].as_str().unwrap())
    };
    items.iter().map(line).collect()
}

async fn title(take: &Take, title: &str) {
    let path = format!("/api/recordings/{}", take.id);
    let said = json!({ "title": title });
    take.owner.patch(&path, &said).await.expect(200);
}

async fn comment(who: &Client, take: &Take, body: &str) -> Value {
    let said = json!({ "at_ms": 0, "body": body });
    let posted = who.post(&take.api("/comments"), &said).await;
    posted.expect(201).json()
}

/// Hits in one recording.
async fn inside(client: &Client, take: &Take, typed: &str) -> Vec<String> {
    let path = take.api(&format!("/search?q={}", encoded(typed)));
    shown(&client.get(&path).await.expect(200).json())
}

async fn windows(app: &TestApp, recording: RecordingId) -> Vec<(i64, i64, String)> {
    const SQL: &str =
        "SELECT first_n, end_n, text FROM search_windows WHERE recording_id = $1 ORDER BY first_n";
    match &app.app.store {
        Store::Sqlite { read, .. } => sqlx::query_as(SQL).bind(recording.0).fetch_all(read).await,
        Store::Postgres(pool) => sqlx::query_as(SQL).bind(recording.0).fetch_all(pool).await,
    }
    .unwrap()
}

/// Rows of the index, and of its queue.
async fn rows(app: &TestApp) -> [i64; 4] {
    let mut counts = [0; 4];
    let tables = match app.app.store {
        Store::Sqlite { .. } => [
            "SELECT COUNT(*) FROM search_lines",
            "SELECT COUNT(*) FROM search_windows",
            "SELECT COUNT(*) FROM search_line_tokens_docsize",
            "SELECT COUNT(*) FROM search_window_tokens_docsize",
        ],
        Store::Postgres(_) => [
            "SELECT COUNT(*) FROM search_lines",
            "SELECT COUNT(*) FROM search_windows",
            "SELECT COUNT(*) FROM search_lines WHERE tokens IS NOT NULL",
            "SELECT COUNT(*) FROM search_windows WHERE tokens IS NOT NULL",
        ],
    };
    for (count, sql) in counts.iter_mut().zip(tables) {
        *count = match &app.app.store {
            Store::Sqlite { read, .. } => sqlx::query_scalar(sql).fetch_one(read).await,
            Store::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
        }
        .unwrap();
    }
    counts
}

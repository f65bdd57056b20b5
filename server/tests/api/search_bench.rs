//! What an answer of search takes: `ASIDE_SEARCH_WINDOWS` windows of what was said (200,000 unless said otherwise), words by Zipf's law, half of
//! the recordings hidden from who asks. With `ASIDE_SEARCH_PEER` (the program `search-peer`) the same text and questions are asked of tantivy.

#![expect(
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stderr,
    reason = "it measures real time, counts little, and says what it measured"
)]

use std::io::Write as _;
use std::time::{Duration, Instant};

use aside_protocol::id::{RecordingId, Slug, UserId};
use aside_server::domain::account::Role;
use aside_server::domain::search::{Query, Window};
use aside_server::in_tx;
use aside_server::store::search::index::insert_windows;
use aside_server::store::search::{Asking, queue};
use aside_server::store::{Store, StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use serde_json::Value;

const VOCABULARY: usize = 50_000;
const WINDOW: usize = 32;
const OF_RECORDING: u64 = 100;
const QUERIES: usize = 200;

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Words, the common ones first.
struct Words {
    words: Vec<String>,
    /// How many of all words are this one or a more common one.
    up_to: Vec<f64>,
}

impl Words {
    fn new(chance: &mut Chance) -> Self {
        let mut words = std::collections::BTreeSet::new();
        while words.len() < VOCABULARY {
            let length = 3 + chance.next() % 7;
            let letter = |n: u64| char::from(b"aeiorstnlmdpcubgvhfk"[(n % 20) as usize]);
            words.insert(
                (0..length)
                    .map(|_| letter(chance.next()))
                    .collect::<String>(),
            );
        }
        let mut words: Vec<String> = words.into_iter().collect();
        for n in (1..words.len()).rev() {
            words.swap(n, (chance.next() % (n as u64 + 1)) as usize);
        }
        let mut sum = 0.0;
        let up_to = (1..=VOCABULARY).map(|rank| {
            sum += 1.0 / (rank as f64).powf(1.05);
            sum
        });
        Self {
            up_to: up_to.collect(),
            words,
        }
    }

    fn pick(&self, chance: &mut Chance) -> &str {
        let at = chance.part() * self.up_to[VOCABULARY - 1];
        let rank = self.up_to.partition_point(|it| *it < at);
        &self.words[rank.min(VOCABULARY - 1)]
    }

    fn text(&self, chance: &mut Chance) -> String {
        let words: Vec<&str> = (0..WINDOW).map(|_| self.pick(chance)).collect();
        words.join(" ")
    }
}

/// Questions for us and for tantivy.
fn questions(words: &Words) -> Vec<(String, String)> {
    let mut chance = Chance(7);
    let mut all = Vec::new();
    for n in 0..QUERIES {
        let text = words.text(&mut chance);
        let of: Vec<&str> = text.split(' ').collect();
        all.push(match n % 4 {
            0 => (format!("{} ", of[0]), of[0].to_owned()),
            1 => (
                format!("{} {} ", of[0], of[9]),
                format!("+{} +{}", of[0], of[9]),
            ),
            2 => (
                format!("\"{} {}\"", of[0], of[1]),
                format!("\"{} {}\"", of[0], of[1]),
            ),
            _ => (
                format!("{} {} {} ", of[3], of[5], of[7]),
                format!("+{} +{} +{}", of[3], of[5], of[7]),
            ),
        });
    }
    all
}

async fn id_of(client: &Client) -> UserId {
    let me: Value = client.get("/api/me").await.expect(200).json();
    me["user"]["id"].as_str().unwrap().parse().unwrap()
}

async fn fill(
    app: &TestApp,
    windows: u64,
    words: &Words,
    people: &[UserId; 2],
    corpus: Option<&std::path::Path>,
) {
    const RECORDING: &str = "INSERT INTO recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at, finished_at, length_ms) \
         VALUES ($1, $2, $3, 'A recording', $4, $5, $5, $5, $5, 600000)";
    let mut chance = Chance(42);
    let mut corpus =
        corpus.map(|path| std::io::BufWriter::new(std::fs::File::create(path).unwrap()));
    let begin = Instant::now();
    for n in 0..windows.div_ceil(OF_RECORDING) {
        let at = app.app.now();
        app.clock.advance(Duration::from_secs(60));
        let id = RecordingId::new(at, app.app.id_entropy());
        let slug = Slug::from_entropy(&app.app.entropy.array::<64>()).unwrap();
        let hidden = n % 2 == 1;
        let audience = if hidden { "owner" } else { "members" };
        let texts: Vec<String> = (0..OF_RECORDING).map(|_| words.text(&mut chance)).collect();
        for text in &texts {
            if let Some(file) = &mut corpus {
                writeln!(file, "{}\t{text}", u8::from(!hidden)).unwrap();
            }
        }
        let wrote = app
            .app
            .store
            .write(async |tx: &mut Tx| -> Result<(), StoreError> {
                in_tx!(tx, |db| sqlx::query(RECORDING)
                    .bind(id.0)
                    .bind(slug.as_str())
                    .bind(people[1].0)
                    .bind(audience)
                    .bind(at.micros())
                    .execute(db)
                    .await
                    .map(|_| ()))?;
                let window = |(text, n): (String, u64)| Window {
                    first: n * 24,
                    end: n * 24 + 32,
                    next: (n + 1) * 24,
                    closed: true,
                    start_ms: n * 6_000,
                    text,
                };
                let all: Vec<Window> = texts.into_iter().zip(0..).map(window).collect();
                insert_windows(tx, id, &all).await?;
                queue::take(tx, id).await.map(drop)
            });
        wrote.await.unwrap();
    }
    eprintln!(
        "  {windows} windows in {:.0} s",
        begin.elapsed().as_secs_f64()
    );
}

fn told(name: &str, mut took: Vec<f64>) {
    took.sort_by(f64::total_cmp);
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    eprintln!(
        "  {name}: {} answers, median {:.2} ms, p95 {:.2} ms, longest {:.2} ms",
        took.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// Asks over HTTP, and the database alone.
async fn measure(app: &TestApp, asks: &Client, member: UserId, questions: &[(String, String)]) {
    let (mut whole, mut database) = (Vec::new(), Vec::new());
    for round in 0..2 {
        whole.clear();
        database.clear();
        for (typed, _) in questions {
            let query = Query::parse(typed);
            let asking = Asking {
                member,
                query: &query,
                from: None,
                now: app.app.now(),
                limit: 200,
            };
            let begin = Instant::now();
            let speech = app.app.store.found_speech(asking).await.unwrap();
            let lines = app.app.store.found_lines(asking).await.unwrap();
            app.app.store.found_screens(asking).await.unwrap();
            let took = begin.elapsed().as_secs_f64() * 1000.0;
            database.push(took);
            if round == 1 && took > 100.0 {
                eprintln!(
                    "  {typed:?}: {took:.0} ms, {} rows",
                    speech.len() + lines.len()
                );
            }
            let q: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
            let begin = Instant::now();
            asks.get(&format!("/api/search?q={q}&limit=20"))
                .await
                .expect(200);
            whole.push(begin.elapsed().as_secs_f64() * 1000.0);
        }
    }
    told("in the database", database);
    told("the whole answer", whole);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a bench"]
async fn twenty_hits_of_many_windows() {
    let windows = std::env::var("ASIDE_SEARCH_WINDOWS")
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(200_000);
    let words = Words::new(&mut Chance(1));
    let questions = questions(&words);
    let folder = tempfile::tempdir().unwrap();
    let (corpus, queries) = (folder.path().join("corpus"), folder.path().join("queries"));
    let asked: Vec<&str> = questions.iter().map(|it| &*it.1).collect();
    std::fs::write(&queries, asked.join("\n")).unwrap();
    let databases = [Some(TestApp::sqlite().await), TestApp::postgres().await];
    for (n, app) in databases.into_iter().flatten().enumerate() {
        let asks = app.person("asks", Role::Member).await;
        let other = app.person("other", Role::Member).await;
        let people = [id_of(&asks).await, id_of(&other).await];
        eprintln!("{}", if n == 0 { "SQLite" } else { "PostgreSQL" });
        fill(&app, windows, &words, &people, (n == 0).then_some(&*corpus)).await;
        match &app.app.store {
            Store::Postgres(pool) => {
                // As autovacuum does in the course of time.
                for sql in ["VACUUM ANALYZE search_windows", "ANALYZE recordings"] {
                    sqlx::query(sql).execute(pool).await.unwrap();
                }
            }
            Store::Sqlite { read, .. } => {
                let pages: i64 =
                    sqlx::query_scalar("SELECT page_count * 4096 FROM pragma_page_count")
                        .fetch_one(read)
                        .await
                        .unwrap();
                eprintln!("  {} MB", pages / 1_000_000);
            }
        }
        measure(&app, &asks, people[0], &questions).await;
    }
    if let Some(peer) = std::env::var_os("ASIDE_SEARCH_PEER") {
        let ran = std::process::Command::new(peer)
            .args([&corpus, &queries])
            .status()
            .unwrap();
        assert!(ran.success());
    }
}

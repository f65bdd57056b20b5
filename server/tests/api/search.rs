//! Search: one table of claims for both databases, rights, and that what can be found is what is there.

use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::domain::transcript::{Correction, TranscriptState, Word};
use aside_server::service::recordings::empty_trash;
use aside_server::service::search::index;
use aside_server::store::transcripts::{self, Progress};
use aside_server::store::{Store, StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::take::{Take, begin, member, take};

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
    index::catch_up(&app.app).await.unwrap();
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

#[both]
async fn what_is_typed_finds_what_the_table_says(app: TestApp) {
    let take = take(&app).await;
    let lines = [
        "The quick brown fox, and the lazy dog.",
        "Über den Dächern von Köln, auf der Straße.",
        "use std::fmt::Write; see POL-358 and TS 38.101-1",
        "東京都庁と渋谷",
        "我们使用数据库",
        "한국어 검색",
        "Call readFile in GitHub's e-mail C++ part",
        "Čeština, crème brûlée, Ελλάδα, ёлка",
        "😀 smile **bold** and `code`",
    ];
    for line in lines {
        comment(&take.owner, &take, line).await;
    }
    catch_up(&app).await;
    for (typed, found) in [
        // Words: all of them, in any order, whatever their case.
        ("FOX quick ", "The [quick] brown [fox], and the lazy dog."),
        ("quick cat ", ""),
        // In a row.
        (
            "\"quick brown\"",
            "The [quick brown] fox, and the lazy dog.",
        ),
        ("\"brown quick\"", ""),
        // The last word may go on, others when they say so.
        ("qui", "The [quick] brown fox, and the lazy dog."),
        ("qui dog", ""),
        ("qui* dog", "The [quick] brown fox, and the lazy [dog]."),
        ("qui ", ""),
        // Other spellings.
        (
            "uber dachern ",
            "[Über] den [Dächern] von Köln, auf der Straße.",
        ),
        (
            "ueber koeln ",
            "[Über] den Dächern von [Köln], auf der Straße.",
        ),
        ("STRASSE ", "Über den Dächern von Köln, auf der [Straße]."),
        (
            "\"ueber den\"",
            "[Über den] Dächern von Köln, auf der Straße.",
        ),
        ("cestina creme ", "[Čeština], [crème] brûlée, Ελλάδα, ёлка"),
        ("ελλαδα елка ", "Čeština, crème brûlée, [Ελλάδα], [ёлка]"),
        (
            "u\u{308}ber ",
            "[Über] den Dächern von Köln, auf der Straße.",
        ),
        // Code words, whole and in pieces.
        (
            "std::fmt ",
            "use [std::fmt]::Write; see POL-358 and TS 38.101-1",
        ),
        (
            "write ",
            "use std::fmt::[Write]; see POL-358 and TS 38.101-1",
        ),
        ("fmt::std ", ""),
        (
            "pol-358 ",
            "use std::fmt::Write; see [POL-358] and TS 38.101-1",
        ),
        (
            "POL358 ",
            "use std::fmt::Write; see [POL-358] and TS 38.101-1",
        ),
        (
            "38.101 ",
            "use std::fmt::Write; see POL-358 and TS [38.101]-1",
        ),
        ("file ", "Call read[File] in GitHub's e-mail C++ part"),
        (
            "\"readfile in github\"",
            "Call [readFile in GitHub]'s e-mail C++ part",
        ),
        ("email ", "Call readFile in GitHub's [e-mail] C++ part"),
        ("c++ ", "Call readFile in GitHub's e-mail [C++] part"),
        // Without blanks.
        ("東京", "[東京]都庁と渋谷"),
        ("都庁と", "東京[都庁と]渋谷"),
        ("庁", "東京都[庁]と渋谷"),
        ("谷", "東京都庁と渋[谷]"),
        ("渋谷 東京", "[東京]都庁と[渋谷]"),
        ("京庁", ""),
        ("数据", "我们使用[数据]库"),
        ("검색", "한국어 [검색]"),
        ("국어 ", "한[국어] 검색"),
        // Signs.
        ("bold code ", "😀 smile [bold] and [code]"),
        ("smile", "😀 [smile] bold and code"),
        // Filters.
        (
            "in:comments fox ",
            "The quick brown [fox], and the lazy dog.",
        ),
        ("in:title fox ", ""),
        ("from:sam fox ", "The quick brown [fox], and the lazy dog."),
        ("from:nobody fox ", ""),
        ("tag:none fox ", ""),
        ("fox from:sa ", "The quick brown [fox], and the lazy dog."),
    ] {
        let got = hits(&take.owner, typed).await;
        let wanted: Vec<String> = match found {
            "" => vec![],
            line => vec![format!("comment: {line}")],
        };
        assert_eq!(got, wanted, "{typed:?}");
        let inside = take.api(&format!("/search?q={}", encoded(typed)));
        let inside: Value = app.anonymous().get(&inside).await.expect(200).json();
        assert_eq!(shown(&inside), wanted, "inside: {typed:?}");
    }
}

#[both]
async fn nothing_that_is_typed_is_an_error(app: TestApp) {
    let take = take(&app).await;
    comment(&take.owner, &take, "something to find").await;
    catch_up(&app).await;
    let long = "word ".repeat(2_000);
    let controls: String = (1..32_u8).map(char::from).collect();
    let letters = "x".repeat(10_000);
    for typed in [
        "",
        " ",
        "\"",
        "\"\"",
        "*",
        "**",
        "AND",
        "a AND",
        "OR OR",
        "NOT x",
        "NEAR(a b)",
        "main:x",
        "beside : x",
        "-x",
        "^x",
        "(",
        ")",
        "{x}",
        "a\"b",
        "'",
        "';--",
        "\\",
        "%",
        "_",
        "a & b | !c",
        "<->",
        ":*",
        "x:*A",
        "\u{0}",
        "\u{feff}",
        "\u{1f468}\u{200d}\u{1f469}",
        "from:",
        "tag:\"",
        "in:x",
        "ﷺ",
        "\u{202e}abc",
        "e\u{301}\u{301}\u{301}",
        &controls,
        &letters,
        &long,
    ] {
        let got = page(&take.owner, typed).await;
        assert!(got["items"].is_array(), "{typed:?}");
        let inside = take.api(&format!("/search?q={}", encoded(typed)));
        take.owner.get(&inside).await.expect(200);
    }
    let later = app.app.now().plus(Duration::from_secs(3600)).micros();
    for cursor in [
        "nonsense".to_owned(),
        "1.".to_owned(),
        "-1.0".to_owned(),
        format!("{}.0", i64::MIN),
        format!("{}.0", i64::MAX),
        format!("{later}.0"),
    ] {
        let path = format!("/api/search?q=something&cursor={cursor}");
        let bad = take.owner.get(&path).await;
        let problem = bad.expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some("cursor"), "{cursor}");
    }
    for cursor in ["0.0".to_owned(), format!("0.{}", usize::MAX)] {
        let path = format!("/api/search?q=something&cursor={cursor}");
        take.owner.get(&path).await.expect(200);
    }
}

#[both]
async fn everything_of_a_recording_is_found_as_it_is_now(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Quarterly numbers").await;
    let mark = json!({ "at_ms": 0, "title": "Revenue part" });
    let mark: Value = take
        .owner
        .post(&take.api("/marks"), &mark)
        .await
        .expect(201)
        .json();
    let tagged = json!({ "ids": [take.id], "add_tags": ["finance"] });
    take.owner
        .post("/api/library/change", &tagged)
        .await
        .expect(204);
    let posted = comment(&take.owner, &take, "Is this growth?").await;
    let id = take.id;
    say(&app, id, 0, "We begin with the forecast.").await;
    catch_up(&app).await;
    let sam = &take.owner;
    for (typed, found) in [
        ("quarterly ", "title: [Quarterly] numbers"),
        ("revenue ", "chapter: [Revenue] part"),
        ("finance ", "tag: [finance]"),
        ("growth ", "comment: Is this [growth]?"),
        ("forecast ", "speech: We begin with the [forecast]."),
        ("sam ", "name: [Sam]"),
    ] {
        assert_eq!(hits(sam, typed).await, [found], "{typed}");
    }
    let said = page(sam, "forecast ").await;
    assert_eq!(said["items"][0]["at_ms"], 2000, "the second of the word");
    assert_eq!(said["items"][0]["recording"]["title"], "Quarterly numbers");

    // What no longer holds is not found, not even before anybody made anything anew.
    title(&take, "Annual numbers").await;
    let path = format!("/api/comments/{}", posted["id"].as_str().unwrap());
    let words = json!({ "body": "Is this decline?" });
    sam.patch(&path, &words).await.expect(200);
    let path = format!("/api/marks/{}", mark["id"].as_str().unwrap());
    sam.delete(&path).await.expect(204);
    let untagged = json!({ "ids": [take.id], "remove_tags": ["finance"], "add_tags": ["money"] });
    sam.post("/api/library/change", &untagged).await.expect(204);
    say(&app, id, 4, "outlook.").await;
    for gone in ["quarterly", "growth", "revenue", "finance", "forecast"] {
        assert_eq!(hits(sam, gone).await, Vec::<String>::new(), "{gone}");
    }
    catch_up(&app).await;
    for (typed, found) in [
        ("annual ", "title: [Annual] numbers"),
        ("decline ", "comment: Is this [decline]?"),
        ("money ", "tag: [money]"),
        ("outlook ", "speech: We begin with the [outlook]."),
        ("tag:money numbers", "title: Annual [numbers]"),
    ] {
        assert_eq!(hits(sam, typed).await, [found], "{typed}");
    }
    let path = format!("/api/comments/{}", posted["id"].as_str().unwrap());
    sam.delete(&path).await.expect(204);
    assert_eq!(hits(sam, "decline").await, Vec::<String>::new());
    sam.post(&format!("{path}/restore"), &json!({}))
        .await
        .expect(200);
    catch_up(&app).await;
    assert_eq!(hits(sam, "decline ").await, ["comment: Is this [decline]?"]);
}

#[both]
async fn a_phrase_is_found_across_windows_and_each_place_once(app: TestApp) {
    let take = take(&app).await;
    let sentences = (0..40).map(|n| format!("|Sentence number{n} has some words of its own here."));
    let text: Vec<String> = sentences.collect();
    say(&app, take.id, 0, &text.join(" ")).await;
    catch_up(&app).await;
    for n in 0..39 {
        let typed = format!("\"here sentence number{} has\"", n + 1);
        let got = page(&take.owner, &typed).await;
        assert_eq!(got["items"].as_array().unwrap().len(), 1, "{typed}: {got}");
        // The last word of the sentence before.
        assert_eq!(got["items"][0]["at_ms"], (n * 9 + 8) * 500, "{typed}");
        let once = page(&take.owner, &format!("number{n} ")).await;
        assert_eq!(once["items"].as_array().unwrap().len(), 1, "number{n}");
    }
    // Word after word, as they are published: the same as at once.
    let other = begin(
        &app,
        take.owner.clone(),
        &[TrackName::Video, TrackName::Audio],
    )
    .await;
    let words: Vec<String> = text.join(" ").split(' ').map(str::to_owned).collect();
    for (n, seven) in words.chunks(7).enumerate() {
        say(&app, other.id, n as u64 * 7, &seven.join(" ")).await;
        catch_up(&app).await;
    }
    assert_eq!(windows(&app, other.id).await, windows(&app, take.id).await);
}

#[both]
async fn a_word_put_between_others_is_found(app: TestApp) {
    let take = take(&app).await;
    let text = "all of these words are said ".repeat(30);
    say(&app, take.id, 0, &text).await;
    catch_up(&app).await;
    let sql = [
        "UPDATE words SET n = n + 1000000 WHERE n >= 90",
        "UPDATE words SET n = n - 999999 WHERE n >= 1000000",
        "INSERT INTO words (recording_id, n, start_ms, end_ms, text, gap, joined) SELECT recording_id, 90, 45000, 45010, 'inserted', FALSE, FALSE FROM words WHERE n = 0",
        "UPDATE transcripts SET words = words + 1",
    ];
    for sql in sql {
        run(&app, sql).await;
    }
    catch_up(&app).await;
    let got = page(&take.owner, "\"said inserted all\"").await;
    assert_eq!(got["items"].as_array().unwrap().len(), 1, "{got}");
    let last = windows(&app, take.id).await.pop().unwrap();
    assert_eq!(last.1, 181, "every word stands in a window");
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

#[both]
async fn private_notes_are_found_by_who_wrote_them_alone(app: TestApp) {
    let take = take(&app).await;
    let ana = member(&app, "Ana").await;
    for (visibility, word) in [
        ("everyone", "apple"),
        ("members", "banana"),
        ("author", "cherry"),
    ] {
        let said = json!({ "at_ms": 0, "body": format!("fruit {word}"), "visibility": visibility });
        ana.post(&take.api("/comments"), &said).await.expect(201);
    }
    catch_up(&app).await;
    for (who, expected) in [(&ana, 3), (&take.owner, 2)] {
        assert_eq!(hits(who, "fruit").await.len(), expected);
        let inside: Value = who
            .get(&take.api("/search?q=fruit"))
            .await
            .expect(200)
            .json();
        assert_eq!(inside["items"].as_array().unwrap().len(), expected);
    }
    assert_eq!(hits(&take.owner, "cherry").await, Vec::<String>::new());
    let guest = app.anonymous();
    let inside: Value = guest
        .get(&take.api("/search?q=fruit"))
        .await
        .expect(200)
        .json();
    assert_eq!(shown(&inside), ["comment: [fruit] apple"]);
    guest
        .get("/api/search?q=fruit")
        .await
        .expect_problem(ProblemCode::Unauthenticated);
    // `from:` says who wrote it.
    assert_eq!(hits(&take.owner, "from:ana fruit").await.len(), 2);
    assert_eq!(hits(&take.owner, "from:sam fruit").await.len(), 0);
}

/// Hits in one recording.
async fn inside(client: &Client, take: &Take, typed: &str) -> Vec<String> {
    let path = take.api(&format!("/search?q={}", encoded(typed)));
    shown(&client.get(&path).await.expect(200).json())
}

#[both]
async fn comments_are_found_by_the_name_that_people_have_now(app: TestApp) {
    let take = take(&app).await;
    let ana = member(&app, "Ana").await;
    comment(&ana, &take, "fruit apple").await;
    let said = json!({ "at_ms": 0, "body": "fruit banana", "guest_name": "Ana Guest" });
    app.anonymous()
        .post(&take.api("/comments"), &said)
        .await
        .expect(201);
    let named = json!({ "name": "Beatrix" });
    ana.patch("/api/me/profile", &named).await.expect(204);
    catch_up(&app).await;
    let (apple, banana) = ("comment: [fruit] apple", "comment: [fruit] banana");
    for (typed, found) in [
        ("from:beatrix fruit ", vec![apple]),
        ("from:ana fruit ", vec![banana]),
        ("from:guest fruit ", vec![banana]),
        ("from:sam fruit ", vec![]),
    ] {
        assert_eq!(hits(&take.owner, typed).await, found, "{typed}");
        assert_eq!(inside(&take.owner, &take, typed).await, found, "{typed}");
    }
    // Who has no account knows her by the name on the comment.
    let guest = app.anonymous();
    let found = inside(&guest, &take, "from:beatrix fruit ").await;
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(inside(&guest, &take, "from:ana fruit ").await.len(), 2);
}

#[both]
async fn tags_are_found_inside_by_who_has_the_recording_in_a_list(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Planning").await;
    let tagged = json!({ "ids": [take.id], "add_tags": ["layoffs"] });
    take.owner
        .post("/api/library/change", &tagged)
        .await
        .expect(204);
    catch_up(&app).await;
    let ana = member(&app, "Ana").await;
    for (who, found) in [(&take.owner, 1), (&ana, 1), (&app.anonymous(), 0)] {
        for typed in [
            "layoffs ",
            "in:tags layoffs ",
            "in:tags lay",
            "tag:layoffs planning ",
        ] {
            assert_eq!(inside(who, &take, typed).await.len(), found, "{typed}");
        }
        assert_eq!(inside(who, &take, "planning ").await.len(), 1);
    }
}

#[both]
async fn who_has_no_account_searches_so_often_from_an_address(app: TestApp) {
    let take = take(&app).await;
    let path = take.api("/search?q=word");
    let guest = app.anonymous();
    for _ in 0..120 {
        guest.get(&path).await.expect(200);
    }
    let refused = guest.get(&path).await;
    assert_ne!(refused.header("retry-after"), "");
    refused.expect_problem(ProblemCode::TooManyRequests);
    take.owner.get(&path).await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    guest.get(&path).await.expect(200);
}

#[both]
async fn who_may_see_it_changes_what_is_found_at_once(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Salaries").await;
    catch_up(&app).await;
    let ana = member(&app, "Ana").await;
    let path = format!("/api/recordings/{}/sharing", take.id);
    for (sharing, found) in [
        (json!({ "audience": "owner" }), false),
        (json!({ "audience": "members" }), true),
        (json!({ "password": "a password of its own" }), false),
        (json!({ "password": null }), true),
        (
            json!({ "ends_at": app.app.now().micros() + 1_000_000 }),
            true,
        ),
    ] {
        take.owner.patch(&path, &sharing).await.expect(200);
        assert_eq!(
            hits(&ana, "salaries").await.len(),
            usize::from(found),
            "{sharing}"
        );
        assert_eq!(hits(&take.owner, "salaries").await.len(), 1, "{sharing}");
    }
    app.clock.advance(Duration::from_secs(2));
    assert_eq!(hits(&ana, "salaries").await, Vec::<String>::new());
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

#[both]
async fn what_is_deleted_for_good_leaves_nothing_in_the_index(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Secret").await;
    comment(&take.owner, &take, "secret words").await;
    say(&app, take.id, 0, "The secret is out.").await;
    catch_up(&app).await;
    assert_eq!(rows(&app).await, [3, 1, 3, 1]);
    take.trash().await;
    assert_eq!(hits(&take.owner, "secret").await, Vec::<String>::new());
    let restore = format!("/api/recordings/{}/restore", take.id);
    take.owner.post(&restore, &json!({})).await;
    assert_eq!(hits(&take.owner, "secret").await.len(), 3);
    take.trash().await;
    app.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(empty_trash(&app.app, 10).await.unwrap(), 1);
    assert_eq!(rows(&app).await, [0; 4]);
    catch_up(&app).await;
    assert_eq!(rows(&app).await, [0; 4]);
    let left = app.app.store.search_changes().await.unwrap();
    assert_eq!(left, 0);
}

#[both]
async fn an_index_that_is_gone_or_of_another_version_is_made_anew(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Roadmap").await;
    say(&app, take.id, 0, "The roadmap is long.").await;
    catch_up(&app).await;
    let before = rows(&app).await;
    let empty = "DELETE FROM search_lines; DELETE FROM search_windows; DELETE FROM search_version";
    match &app.app.store {
        Store::Sqlite { write, .. } => {
            sqlx::raw_sql(empty).execute(write).await.unwrap();
        }
        Store::Postgres(pool) => {
            sqlx::raw_sql(empty).execute(pool).await.unwrap();
        }
    }
    assert_eq!(hits(&take.owner, "roadmap").await, Vec::<String>::new());
    index::check_version(&app.app).await.unwrap();
    catch_up(&app).await;
    assert_eq!(rows(&app).await, before);
    assert_eq!(hits(&take.owner, "roadmap").await.len(), 2);
    index::check_version(&app.app).await.unwrap();
    assert_eq!(
        app.app.store.search_changes().await.unwrap(),
        0,
        "it is of this version"
    );
    index::rebuild(&app.app).await.unwrap();
    assert_eq!(
        hits(&take.owner, "roadmap").await.len(),
        2,
        "it is found meanwhile"
    );
    catch_up(&app).await;
    assert_eq!(rows(&app).await, before);
}

#[both]
async fn pages_follow_each_other_and_end(app: TestApp) {
    let take = take(&app).await;
    for n in 0..45 {
        comment(&take.owner, &take, &format!("needle number {n}")).await;
    }
    catch_up(&app).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut path = "/api/search?q=needle&limit=20".to_owned();
    let mut pages = 0;
    loop {
        let page: Value = take.owner.get(&path).await.expect(200).json();
        pages += 1;
        seen.extend(shown(&page));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/search?q=needle&limit=20&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 45));
}

#[both]
async fn a_person_who_is_renamed_is_found_by_the_new_name(app: TestApp) {
    let take = take(&app).await;
    catch_up(&app).await;
    let viewer = app.person("viewer", Role::Viewer).await;
    assert_eq!(hits(&viewer, "sam ").await, ["name: [Sam]"]);
    let named = json!({ "name": "Samantha" });
    take.owner
        .patch("/api/me/profile", &named)
        .await
        .expect(204);
    assert_eq!(hits(&viewer, "sam").await, Vec::<String>::new());
    catch_up(&app).await;
    assert_eq!(hits(&viewer, "samantha ").await, ["name: [Samantha]"]);
}

#[both]
async fn a_recording_that_cannot_be_made_does_not_stop_the_others(app: TestApp) {
    let (bad, good) = (take(&app).await, take_of(&app, "Kim").await);
    comment(&bad.owner, &bad, "some words").await;
    catch_up(&app).await;
    run(
        &app,
        "UPDATE search_lines SET kind = 'nonsense' WHERE kind = 'comment'",
    )
    .await;
    title(&bad, "Broken").await;
    title(&good, "Findable").await;
    let error = index::step(&app.app).await.unwrap_err().to_string();
    assert!(error.contains(&bad.id.to_string()), "{error}");
    assert!(index::step(&app.app).await.unwrap());
    assert_eq!(hits(&good.owner, "findable ").await, ["title: [Findable]"]);
    assert!(index::step(&app.app).await.is_err());
    assert_eq!(app.app.store.search_changes().await.unwrap(), 1);
    // Once it can be made, it is.
    run(
        &app,
        "UPDATE search_lines SET kind = 'comment' WHERE kind = 'nonsense'",
    )
    .await;
    catch_up(&app).await;
    assert_eq!(hits(&bad.owner, "broken ").await, ["title: [Broken]"]);
}

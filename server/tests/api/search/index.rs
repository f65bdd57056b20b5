//! What can be found is what is there, as it is now.

use std::time::Duration;

use aside_protocol::recording::TrackName;
use aside_server::domain::account::Role;
use aside_server::service::recordings::empty_trash;
use aside_server::service::search::index;
use aside_server::store::Store;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{catch_up, comment, hits, page, rows, run, say, take_of, title, windows};
use crate::take::{begin, take};

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
async fn a_title_is_found_however_many_comments_have_its_word(app: TestApp) {
    let take = take(&app).await;
    title(&take, "Forecast of the year").await;
    catch_up(&app).await;
    for n in 0..205 {
        comment(&take.owner, &take, &format!("forecast number {n}")).await;
    }
    catch_up(&app).await;
    let got = hits(&take.owner, "forecast ").await;
    assert_eq!(got[0], "title: [Forecast] of the year");
}

#[tokio::test]
async fn postgresql_compiles_no_statement_before_it_answers() {
    let Some(app) = TestApp::postgres().await else {
        return;
    };
    let Store::Postgres(pool) = &app.app.store else {
        unreachable!("it is PostgreSQL");
    };
    let jit: String = sqlx::query_scalar("SHOW jit")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(jit, "off");
}

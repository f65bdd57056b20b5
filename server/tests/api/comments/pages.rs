//! The comments of a recording page by page.

use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use super::{ids, list, path, refused, write};
use crate::take::{Take, member, take};

async fn page(who: &Client, take: &Take, query: &str) -> Value {
    let path = take.api(&format!("/comments?{query}"));
    who.get(&path).await.expect(200).json()
}

/// Every page of so many; each but the last is full.
async fn pages(who: &Client, take: &Take, limit: usize) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut query = format!("limit={limit}");
    loop {
        let page = page(who, take, &query).await;
        let count = page["comments"].as_array().unwrap().len();
        let next = page["next"].as_str().map(str::to_owned);
        pages.push(page);
        let Some(next) = next else {
            assert!((1..=limit).contains(&count), "{pages:?}");
            return pages;
        };
        assert_eq!(count, limit, "{pages:?}");
        query = format!("limit={limit}&cursor={next}");
    }
}

fn comments(pages: &[Value]) -> Vec<Value> {
    let all = pages
        .iter()
        .flat_map(|it| it["comments"].as_array().unwrap());
    all.cloned().collect()
}

/// Threads at seconds, each with an answer; every other one is a note of Mara's for herself.
async fn talked(app: &TestApp) -> (Take, Client, Vec<String>) {
    let take = take(app).await;
    let mara = member(app, "Mara").await;
    let mut hidden = Vec::new();
    for n in 0..6 {
        let visibility = if n % 2 == 0 { "everyone" } else { "author" };
        // Not in the order of their moments.
        let said = json!({ "at_ms": (n * 5 % 6) * 100, "body": "words", "visibility": visibility });
        let said = write(&mara, &take, said).await;
        let answer = json!({ "body": "more words", "parent_id": said["id"] });
        let answer = write(&mara, &take, answer).await;
        if visibility == "author" {
            for it in [said, answer] {
                hidden.push(it["id"].as_str().unwrap().to_owned());
            }
        }
    }
    (take, mara, hidden)
}

#[both]
async fn pages_hold_all_that_their_reader_may_read_and_nothing_that_tells_of_the_rest(
    app: TestApp,
) {
    let (take, mara, hidden) = talked(&app).await;
    let like = json!({ "at_ms": 0, "kind": "like" });
    mara.post(&take.api("/reactions"), &like).await.expect(201);
    let anyone = app.anonymous();
    for (who, count) in [(&mara, 12), (&anyone, 6)] {
        let whole: Value = who.get(&take.api("/comments")).await.expect(200).json();
        let all = whole["comments"].as_array().unwrap();
        assert_eq!(all.len(), count);
        assert!(whole.get("next").is_none(), "all of them, as ever");
        for limit in [1, 2, 4, 5, 200] {
            let pages = pages(who, &take, limit).await;
            assert_eq!(pages.len(), count.div_ceil(limit));
            assert_eq!(&comments(&pages), all, "in pages of {limit}");
            let (first, rest) = pages.split_first().unwrap();
            assert_eq!(first["reactions"], whole["reactions"]);
            assert!(rest.iter().all(|it| it["reactions"] == json!([])));
        }
    }
    let told = pages(&anyone, &take, 1).await;
    let told = json!(told).to_string();
    assert!(hidden.iter().all(|id| !told.contains(id)), "{told}");
    // What is less or more than a page may hold is the least and the most.
    for (query, count) in [("limit=0", 1), ("limit=1000000", 6), ("limit=2", 2)] {
        let page = page(&anyone, &take, query).await;
        assert_eq!(page["comments"].as_array().unwrap().len(), count, "{query}");
    }
}

#[both]
async fn a_cursor_goes_on_where_it_was_whatever_is_written_and_deleted_meanwhile(app: TestApp) {
    let (take, mara, _) = talked(&app).await;
    let anyone = app.anonymous();
    let all = list(&anyone, &take).await;
    let first = page(&anyone, &take, "limit=3").await;
    let cursor = first["next"].as_str().unwrap();
    // The comment of the cursor, an earlier thread, a later one.
    mara.delete(&path(&all[2])).await.expect(204);
    for at_ms in [0, 900] {
        let said = json!({ "at_ms": at_ms, "body": "since" });
        write(&mara, &take, said).await;
    }
    let rest = page(&anyone, &take, &format!("cursor={cursor}")).await;
    let rest = rest["comments"].as_array().unwrap();
    let (last, known) = rest.split_last().unwrap();
    assert_eq!(ids(known), ids(&all[3..]));
    assert_eq!(last["at_ms"], 900);
    for bad in ["", "1", "1.2.3.x", "a.b.0.c", "%F0%9F%98%80"] {
        let path = take.api(&format!("/comments?cursor={bad}"));
        refused(anyone.get(&path).await, "cursor").await;
    }
}

#[both]
async fn a_program_is_told_that_a_page_is_as_it_was(app: TestApp) {
    let (take, mara, _) = talked(&app).await;
    let of_page = take.api("/comments?limit=2");
    let whole = take.api("/comments");
    let tag = async |path: &str| {
        let answer = mara.get(path).await.expect(200);
        answer.header("etag").to_owned()
    };
    let (page_tag, whole_tag) = (tag(&of_page).await, tag(&whole).await);
    assert!(!page_tag.is_empty() && page_tag != whole_tag);
    for (path, tag) in [(&of_page, &page_tag), (&whole, &whole_tag)] {
        let asks = mara.clone().with("if-none-match", tag);
        asks.get(path).await.expect(304);
    }
    // Behind the page: only the whole is another one.
    let said = json!({ "at_ms": 900, "body": "since" });
    write(&mara, &take, said).await;
    let asks = mara.clone().with("if-none-match", &page_tag);
    asks.get(&of_page).await.expect(304);
    assert_ne!(tag(&whole).await, whole_tag);
}

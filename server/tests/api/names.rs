//! What people type: passwords however they are composed, names and comments that can be seen.

use aside_server::domain::audit::AuditAction;
use aside_server::testing::{Answer, Client, Take, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::account::ana;

async fn comment(client: &Client, take: &Take, name: &str, body: &str) -> Answer {
    let new = json!({ "at_ms": 0, "body": body, "guest_name": name });
    let path = format!("/api/watch/{}/comments", take.slug);
    client.post(&path, &new).await
}

/// 422, and which field is to blame.
fn refused(answer: Answer) -> String {
    let answer = answer.expect(422).json::<Value>();
    answer["field"].as_str().unwrap_or_default().to_owned()
}

async fn recorded(app: &TestApp) -> (Client, Take) {
    let (sam, take) = (app.sam().await, Take::new(1, 2));
    sam.create(&take).await.expect(201);
    (sam, take)
}

#[both]
async fn a_password_opens_however_it_is_typed(app: TestApp) {
    let ana =
        |password: &str| json!({ "email": "é@example.org", "name": "Ana", "password": password });
    app.anonymous()
        .post("/api/setup", &ana("Mañana über 42"))
        .await
        .expect(201);
    for (email, password) in [
        ("é@example.org", "Mañana über 42"),
        ("E\u{301}@example.org", "Man\u{303}ana u\u{308}ber 42"),
        ("É@EXAMPLE.org ", "Mañana über ４２"),
    ] {
        let wanted = json!({ "email": email, "password": password });
        app.anonymous()
            .post("/api/session", &wanted)
            .await
            .expect(200);
    }
    let wanted = json!({ "email": "é@example.org", "password": "Manana uber 42" });
    app.anonymous()
        .post("/api/session", &wanted)
        .await
        .expect(401);
}

#[both]
async fn an_address_with_what_cannot_be_seen_is_refused(app: TestApp) {
    let ana =
        json!({ "email": "ana@example.org\u{200b}", "name": "Ana", "password": "correct horse" });
    assert_eq!(
        refused(app.anonymous().post("/api/setup", &ana).await),
        "email"
    );
}

#[both]
async fn a_name_can_be_seen_and_turns_nothing(app: TestApp) {
    let (_, take) = recorded(&app).await;
    for nothing in ["\u{200b}\u{200b}", "\u{2800}", "\u{202e}", " "] {
        assert_eq!(
            refused(comment(&app.anonymous(), &take, nothing, "x").await),
            "guest_name",
            "{nothing:?}"
        );
    }
    for (typed, shown) in [
        ("\u{202e}anA", "anA"),
        ("An\u{200b}a", "Ana"),
        (" Ana \n B ", "Ana B"),
    ] {
        let made: Value = comment(&app.anonymous(), &take, typed, "x")
            .await
            .expect(201)
            .json();
        assert_eq!(
            (
                made["author"]["name"].as_str(),
                made["author"]["kind"].as_str()
            ),
            (Some(shown), Some("guest"))
        );
    }
}

#[both]
async fn a_guest_cannot_take_the_name_of_who_has_an_account_here(app: TestApp) {
    let (_, take) = recorded(&app).await;
    let ben = app
        .person("Ben", aside_server::domain::account::Role::Member)
        .await;
    for name in ["sam", "SAM", "ѕаm", "s\u{200b}am"] {
        assert_eq!(
            refused(comment(&app.anonymous(), &take, name, "x").await),
            "guest_name",
            "{name:?}"
        );
    }
    // Who has not written here is not shown here, so nothing is told about them.
    comment(&app.anonymous(), &take, "Ben", "x")
        .await
        .expect(201);
    ben.post(
        &format!("/api/watch/{}/comments", take.slug),
        &json!({ "body": "Hello." }),
    )
    .await
    .expect(201);
    assert_eq!(
        refused(comment(&app.anonymous(), &take, "Ben", "x").await),
        "guest_name"
    );
    comment(&app.anonymous(), &take, "Ben C", "x")
        .await
        .expect(201);
}

#[both]
async fn a_comment_shows_something(app: TestApp) {
    let (_, take) = recorded(&app).await;
    for nothing in [
        "[x]: https://example.org",
        "&#8203;",
        "![](https://example.org/a.png)",
        "\u{200b}",
        " ",
        "---",
    ] {
        assert_eq!(
            refused(comment(&app.anonymous(), &take, "Ana", nothing).await),
            "body",
            "{nothing:?}"
        );
    }
    let deep = ">".repeat(9_999) + "x";
    assert_eq!(
        refused(comment(&app.anonymous(), &take, "Ana", &deep).await),
        "body"
    );
    let made: Value = comment(&app.anonymous(), &take, "Ana", "\u{202e}turned")
        .await
        .expect(201)
        .json();
    assert_eq!(made["body"], "turned");
}

#[both]
async fn a_title_is_cleaned_and_never_stops_an_upload(app: TestApp) {
    let sam = app.sam().await;
    let take = Take::new(1, 2);
    let mut create = take.create();
    create["title"] = json!("Bug\u{7} in \u{1b}[31mthe \u{202e}login\u{200b}");
    sam.put(&take.path(), &create).await.expect(201);
    let watch: Value = sam
        .get(&format!("/api/watch/{}", take.slug))
        .await
        .expect(200)
        .json();
    assert_eq!(watch["title"], "Bug in [31mthe login");
    let path = take.path();
    let card: Value = sam
        .patch(&path, &json!({ "title": "\u{200b}".repeat(200) }))
        .await
        .expect(200)
        .json();
    assert_eq!(card["title"], "");
    assert_eq!(
        refused(sam.patch(&path, &json!({ "title": "x".repeat(201) })).await),
        "title"
    );
}

#[both]
async fn what_is_said_to_one_person_is_kept_by_no_cache_between(app: TestApp) {
    let ana = ana(&app).await;
    let (sam, take) = recorded(&app).await;
    let about = ["", "/comments", "/transcript"].map(|it| format!("/api/watch/{}{it}", take.slug));
    let own = ["/api/me", "/api/recordings", "/api/tokens"].map(str::to_owned);
    for path in about.iter().chain(&own) {
        let page = ana.get(path).await.expect(200);
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        // A program that polls keeps its own answer, and asks each time whether it still holds.
        let program = sam.get(path).await.expect(200);
        assert_eq!(
            program.header("cache-control"),
            "private, no-cache",
            "{path}"
        );
    }
}

#[both]
async fn an_address_without_a_page_says_so(app: TestApp) {
    let robots = app.anonymous().get("/robots.txt").await.expect(200);
    assert_eq!(robots.text(), "User-agent: *\nDisallow: /media/\n");
    app.anonymous().get("/wp-login.php").await.expect(404);
    app.anonymous().get("/settings/").await.expect(200);
}

#[test]
fn the_server_knows_the_pages_of_the_web_app() {
    let routes = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src/routes.ts");
    let text = std::fs::read_to_string(routes).unwrap();
    let (_, list) = text.split_once("const NAMED = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let named = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(|it| format!("/{it}"));
    let mut pages: Vec<String> = named.chain(["/".to_owned()]).collect();
    let mut known = aside_server::http::shell::PAGES.to_vec();
    pages.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, pages);
}

#[test]
fn the_audit_page_has_a_word_for_every_action() {
    let words = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src/audit/words.ts");
    let words = std::fs::read_to_string(words).unwrap();
    let known = "".parse::<AuditAction>().unwrap_err().names;
    let lacks = |name: &&&str| !words.contains(&format!("\n  {name}: \""));
    let without: Vec<_> = known.iter().filter(lacks).collect();
    assert!(without.is_empty(), "{without:?}");
}

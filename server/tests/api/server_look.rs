//! The name and the colour of the server, and the language of its pages.

use aside_protocol::problem::ProblemCode;
use aside_server::domain::account::Role;
use aside_server::testing::smtp::SmtpServer;
use aside_server::testing::{Client, TestApp};
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::people::recorded;

const PATH: &str = "/api/server/look";

async fn page(who: &Client, path: &str) -> String {
    who.get(path).await.expect(200).text()
}

#[both]
async fn an_admin_gives_the_server_a_name_and_a_colour_and_pages_show_them(app: TestApp) {
    let admin = app.person("admin", Role::Admin).await;
    let take = recorded(&app, app.sam().await, "link").await;
    let html = page(&app.anonymous(), "/sign-in").await;
    assert!(html.contains("<title>Aside</title>") && !html.contains("look.css"));
    app.anonymous().get("/look.css").await.expect(200);

    let look = json!({ "name": " Acme <Video> ", "accent": "#FACC15" });
    let set: Value = admin.put(PATH, &look).await.expect(200).json();
    assert_eq!(set["name"], "Acme <Video>");
    assert_eq!(set["accent"], "#facc15");
    assert_ne!(
        set["light"], set["accent"],
        "yellow is too light for white words"
    );
    let read: Value = take.owner.get(PATH).await.expect(200).json();
    assert_eq!(read, set);

    let html = page(&app.anonymous(), "/sign-in").await;
    assert!(html.contains("<title>Acme &lt;Video&gt;</title>"), "{html}");
    let sheet = html.split("href=\"/look.css?").nth(1).unwrap();
    let sheet = sheet.split('"').next().unwrap();
    assert!(sheet.len() == 8 && sheet.bytes().all(|it| it.is_ascii_hexdigit()));
    let sheet = format!("/look.css?{sheet}");
    let html = page(&app.anonymous(), &format!("/w/{}", take.slug)).await;
    assert!(html.contains("· Acme &lt;Video&gt;</title>"), "{html}");
    assert!(html.contains("og:site_name\" content=\"Acme &lt;Video&gt;\""));
    let html = page(&app.anonymous(), &format!("/e/{}", take.slug)).await;
    assert!(html.contains(&sheet), "{html}");
    let told = format!("/oembed?url=http%3A%2F%2Faside.test%2Fw%2F{}", take.slug);
    let told: Value = app.anonymous().get(&told).await.expect(200).json();
    assert_eq!(told["provider_name"], "Acme <Video>");

    let css = app.anonymous().get(&sheet).await.expect(200);
    assert!(css.header("content-type").starts_with("text/css"));
    assert!(css.header("cache-control").contains("immutable"));
    let light = format!("--accent:{}", set["light"].as_str().unwrap());
    assert!(css.text().contains(&light), "{}", css.text());
    // Of another colour, and of a program that made something else of this one.
    for old in ["/look.css?0f766e12", "/look.css?facc15", "/look.css"] {
        let old = app.anonymous().get(old).await.expect(200);
        assert_eq!(old.header("cache-control"), "no-cache");
    }

    let log: Value = admin.get("/api/audit").await.expect(200).json();
    let entry = &log["entries"][0];
    assert_eq!(entry["action"], "look_changed");
    assert_eq!(entry["detail"]["after"]["name"], "Acme <Video>");

    let none = json!({ "name": null, "accent": null });
    admin.put(PATH, &none).await.expect(200);
    let html = page(&app.anonymous(), "/").await;
    assert!(html.contains("<title>Aside</title>") && !html.contains("look.css"));
}

#[both]
async fn only_owners_and_admins_say_what_the_server_looks_like_and_only_what_can_be_read(
    app: TestApp,
) {
    let sam = app.sam().await;
    let look = json!({ "name": "Mine", "accent": null });
    for (who, status) in [
        (app.person("member", Role::Member).await, 403),
        (app.person("viewer", Role::Viewer).await, 403),
        (app.anonymous(), 401),
    ] {
        who.put(PATH, &look).await.expect(status);
    }
    app.anonymous().get(PATH).await.expect(401);
    let owner = app.person("owner", Role::Owner).await;
    for (name, accent, field) in [
        ("", "#0f766e", "name"),
        ("a · b", "#0f766e", "name"),
        ("Acme", "red", "accent"),
        ("Acme", "#ff0000", "accent"),
    ] {
        let problem = owner
            .put(PATH, &json!({ "name": name, "accent": accent }))
            .await
            .expect_problem(ProblemCode::Invalid);
        assert_eq!(problem.field.as_deref(), Some(field), "{name} {accent}");
    }
    let read: Value = sam.get(PATH).await.expect(200).json();
    assert_eq!(read["name"], Value::Null);
}

#[both]
async fn mails_come_from_the_server_by_its_name(app: TestApp) {
    let smtp = SmtpServer::start().await;
    let app = smtp.used_by(app);
    let owner = app.person("owner", Role::Owner).await;
    let look = json!({ "name": "Acme Video", "accent": null });
    owner.put(PATH, &look).await.expect(200);
    let wanted = json!({ "email": "ana@example.org", "role": "member", "groups": [] });
    owner
        .post("/api/server/invitations", &wanted)
        .await
        .expect(201);
    let mail = smtp.sent(&app, 0).await;
    assert!(mail.head("Subject").contains("invites you to Acme Video"));
    // The foot, which the text behind "-- " is.
    assert!(mail.raw.contains("Acme Video at http"), "{}", mail.raw);
}

#[both]
async fn a_page_comes_in_the_language_that_was_chosen_or_that_the_browser_asks_for(app: TestApp) {
    let sam = app.sam().await;
    let language = async |who: &Client| {
        let answer = who.get("/sign-in").await.expect(200);
        assert!(answer.header("vary").contains("accept-language"));
        let tag = answer.header("content-language").to_owned();
        assert!(answer.text().contains(&format!("<html lang=\"{tag}\"")));
        tag
    };
    let german = |who: &Client| {
        who.clone()
            .with("accept-language", "de-AT,de;q=0.9,en;q=0.5")
    };
    assert_eq!(language(&app.anonymous()).await, "en");
    assert_eq!(language(&german(&app.anonymous())).await, "de");
    let guest = app.anonymous().with("cookie", "aside_language=de");
    assert_eq!(language(&guest).await, "de");
    let guest = german(&app.anonymous()).with("cookie", "aside_language=en");
    assert_eq!(language(&guest).await, "en");

    // A guest's button, which leads back to where they were, and never to another server.
    for (from, to) in [
        ("http://aside.test/sign-in?next=%2F", "/sign-in?next=%2F"),
        ("http://aside.test", "/"),
        ("http://aside.test.evil.example/x", "/"),
        ("http://aside.test//evil.example", "/"),
        ("https://evil.example/", "/"),
    ] {
        let guest = app.anonymous().with("referer", from);
        let chosen = guest.get("/language/de").await.expect(303);
        assert_eq!(chosen.header("location"), to, "{from}");
        assert!(
            chosen
                .header("set-cookie")
                .starts_with("aside_language=de;")
        );
    }
    app.anonymous().get("/language/fr").await.expect(404);

    // The account says it, and every browser in which somebody is signed in learns it.
    let changed = sam
        .patch("/api/me/profile", &json!({ "language": "de" }))
        .await
        .expect(204);
    assert!(
        changed
            .header("set-cookie")
            .starts_with("aside_language=de;")
    );
    let told = sam.get("/api/me").await.expect(200);
    assert!(told.header("set-cookie").starts_with("aside_language=de;"));
    let knows = sam.clone().with("cookie", "aside_language=de");
    assert_eq!(
        knows.get("/api/me").await.expect(200).header("set-cookie"),
        ""
    );
    let back = sam
        .patch("/api/me/profile", &json!({ "language": null }))
        .await
        .expect(204);
    assert!(back.header("set-cookie").contains("Max-Age=0"));
}

#[both]
async fn signing_out_takes_the_language_of_an_account_along_and_leaves_a_chosen_one(app: TestApp) {
    let sam = app.sam().await;
    let german = json!({ "language": "de" });
    sam.patch("/api/me/profile", &german).await.expect(204);
    let nobody = app.anonymous();
    let kim = app.person("kim", Role::Member).await;
    for (who, taken) in [(sam, true), (kim, false), (nobody, false)] {
        let who = who.with("cookie", "aside_language=de");
        let out = who.delete("/api/session").await.expect(204);
        let set = out.headers.get_all("set-cookie").iter();
        let set: Vec<&str> = set.filter_map(|it| it.to_str().ok()).collect();
        let language = set.iter().find(|it| it.starts_with("aside_language="));
        assert_eq!(language.is_some(), taken, "{set:?}");
        assert!(language.is_none_or(|it| it.contains("Max-Age=0")));
        assert_eq!(set.len(), 1 + usize::from(taken), "{set:?}");
    }
}

#[both]
async fn the_files_of_german_pages_are_served_under_the_addresses_of_all_others(app: TestApp) {
    let german = app.anonymous().with("accept-language", "de");
    let html = page(&german, "/").await;
    let script = html.split("src=\"/").nth(1).unwrap();
    let script = script.split('"').next().unwrap();
    let file = app.anonymous().get(&format!("/{script}")).await.expect(200);
    assert!(file.header("cache-control").contains("immutable"));
    for hidden in ["/de/index.html", &format!("/de/{script}")] {
        let answer = app.anonymous().get(hidden).await;
        assert!(
            answer.status == 404,
            "{hidden}: pages of a language have no address of their own"
        );
    }
}

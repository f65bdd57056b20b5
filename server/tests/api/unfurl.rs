//! What other sites learn of a link: OpenGraph, oEmbed, the page they may show. Only of what everybody with the link may see.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::TestApp;
use aside_test_macros::both;
use serde_json::{Value, json};

use crate::people::recorded;
use crate::take::Take;

async fn allow(take: &Take, sites: &[&str]) {
    let path = format!("/api/recordings/{}/sharing", take.id);
    take.owner
        .patch(&path, &json!({ "embed": sites }))
        .await
        .expect(200);
}

fn oembed(url: &str) -> String {
    let url: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
    format!("/oembed?url={url}")
}

fn frame_ancestors(answer: &aside_server::testing::Answer) -> String {
    let policy = answer.header("content-security-policy").to_owned();
    policy.rsplit("frame-ancestors ").next().unwrap().to_owned()
}

#[both]
async fn a_link_says_where_its_oembed_is_and_that_says_what_may_be_shown(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let anybody = app.anonymous();
    let html = anybody
        .get(&format!("/w/{}", take.slug))
        .await
        .expect(200)
        .text();
    let link = format!("http://aside.test/w/{}", take.slug);
    let found = html
        .split("application/json+oembed\" href=\"")
        .nth(1)
        .unwrap();
    let found = found.split('"').next().unwrap();
    let path = found.strip_prefix("http://aside.test").unwrap();
    assert_eq!(path, oembed(&link));
    let told: Value = anybody.get(path).await.expect(200).json();
    assert_eq!(
        (&told["type"], &told["version"], &told["title"]),
        (&json!("link"), &json!("1.0"), &json!("Bug in <login>"))
    );
    assert!(
        told.get("html").is_none() && !html.contains("text/html\""),
        "no site may show it yet"
    );
    assert!(html.contains("name=\"twitter:card\" content=\"summary\""));
    allow(&take, &["https://wiki.example.org"]).await;
    let told: Value = anybody
        .get(&format!("{path}&maxwidth=320&format=json"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&told["type"], &told["width"], &told["height"]),
        (&json!("video"), &json!(320), &json!(180))
    );
    let frame = told["html"].as_str().unwrap();
    assert!(
        frame.contains(&format!("src=\"http://aside.test/e/{}\"", take.slug)),
        "{frame}"
    );
    assert!(frame.contains("title=\"Bug in &lt;login&gt;\""), "{frame}");
    let html = anybody
        .get(&format!("/w/{}", take.slug))
        .await
        .expect(200)
        .text();
    assert!(
        html.contains(&format!(
            "og:video\" content=\"http://aside.test/e/{}\"",
            take.slug
        )),
        "{html}"
    );
    anybody
        .get(&format!("{path}&format=xml"))
        .await
        .expect_problem(ProblemCode::Invalid);
}

#[both]
async fn what_is_not_for_everybody_is_told_of_like_what_is_not_there(app: TestApp) {
    let take = recorded(&app, app.sam().await, "members").await;
    allow(&take, &["https://wiki.example.org"]).await;
    let link = format!("http://aside.test/w/{}", take.slug);
    let nothing = "http://aside.test/w/0123456789abcdefghijkl";
    let elsewhere = format!("http://other.test/w/{}", take.slug);
    // To its owner as well: consumers ask for others.
    for who in [app.anonymous(), take.owner.clone()] {
        let mut told = Vec::new();
        for url in [
            link.as_str(),
            nothing,
            elsewhere.as_str(),
            "http://aside.test/settings",
            "no address",
        ] {
            told.push(who.get(&oembed(url)).await.expect(404).text());
        }
        assert!(told.iter().all(|it| *it == told[0]), "{told:?}");
    }
    let anybody = app.anonymous();
    let hidden = anybody.get(&format!("/e/{}", take.slug)).await.expect(404);
    let unknown = anybody.get("/e/0123456789abcdefghijkl").await.expect(404);
    assert_eq!(frame_ancestors(&hidden), "'none'");
    assert_eq!(hidden.text(), unknown.text());
}

#[both]
async fn only_the_sites_that_its_owner_allows_may_show_a_recording(app: TestApp) {
    let take = recorded(&app, app.sam().await, "link").await;
    let page = format!("/e/{}", take.slug);
    let anybody = app.anonymous();
    assert_eq!(
        frame_ancestors(&anybody.get(&page).await.expect(200)),
        "'none'"
    );
    allow(&take, &["https://wiki.example.org"]).await;
    let shown = anybody.get(&page).await.expect(200);
    assert_eq!(frame_ancestors(&shown), "https://wiki.example.org");
    assert!(shown.text().contains("noindex"));
    // A password closes it: nothing is shown to other sites any more.
    let path = format!("/api/recordings/{}/sharing", take.id);
    take.owner
        .patch(&path, &json!({ "password": "a long enough password" }))
        .await
        .expect(200);
    assert_eq!(frame_ancestors(&anybody.get(&page).await), "'none'");
}

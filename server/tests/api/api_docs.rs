//! The page about the API: it is whole, loads nothing from elsewhere, and its examples work.

use aside_server::testing::TestApp;
use aside_test_macros::both;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request};
use serde_json::Value;

use crate::scopes::program;
use crate::take::take;

const GUIDE: &str = include_str!("../../../docs/API.md");

#[both]
async fn the_page_has_every_operation_and_needs_no_script(app: TestApp) {
    let page = app.anonymous().get("/api/docs").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let html = page.text();
    assert!(!html.contains("<script") && !html.contains("style=\""));
    let spec = app.anonymous().get("/api/docs/openapi.json").await;
    let spec: Value = spec.expect(200).json();
    for operations in spec["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            let Some(id) = operation["operationId"].as_str() else {
                continue;
            };
            assert!(html.contains(&format!("<details id=\"{id}\">")), "{id}");
        }
    }
    assert!(html.contains("Scope: <code>comment</code>"));
    let links = html.split("href=\"#").skip(1);
    for link in links.filter_map(|rest| rest.split('"').next()) {
        assert!(
            html.contains(&format!("id=\"{link}\"")),
            "#{link} leads nowhere"
        );
    }
    let style = app.anonymous().get("/api/docs/style.css").await.expect(200);
    assert!(style.header("content-type").starts_with("text/css"));
    app.anonymous().get("/api/docs/other.css").await.expect(404);
}

/// The examples of the guide: what is asked, and what is answered.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = GUIDE.split("```http\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    let pairs = blocks.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    assert!(blocks.len().is_multiple_of(2));
    pairs.collect()
}

#[both]
async fn the_examples_of_the_guide_are_answered_as_it_says(app: TestApp) {
    let app = app.configured(|config| config.api_rate = 1200);
    let take = take(&app).await;
    take.record(1).await;
    let reader = program(&app, &take.owner, &["read"]).await;
    let writer = program(&app, &take.owner, &["read", "comment"]).await;
    let token = |client: &aside_server::testing::Client| {
        client
            .authorization()
            .trim_start_matches("Bearer ")
            .to_owned()
    };
    let all = examples();
    assert!(all.len() >= 5);
    for (asked, answered) in all {
        let asked = asked
            .replace("{slug}", take.slug.as_str())
            .replace("{read_token}", &token(&reader))
            .replace("{token}", &token(&writer));
        let (head, body) = asked.split_once("\n\n").unwrap_or((&asked, ""));
        let mut lines = head.lines();
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let mut request = Request::new(Body::from(body.trim().to_owned()));
        *request.method_mut() = method.parse::<Method>().unwrap();
        *request.uri_mut() = path.parse().unwrap();
        request
            .headers_mut()
            .insert("host", HeaderValue::from_static("aside.test"));
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = app.anonymous().request(request).await;
        let mut lines = answered.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let status: u16 = status.parse().unwrap();
        let answer = answer.expect(status);
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            let name: HeaderName = name.parse().unwrap();
            let sent = answer.header(name.as_str());
            assert!(
                value.split('…').all(|piece| sent.contains(piece)),
                "{asked}\n{name}: {sent}"
            );
        }
        let body: String = lines.collect();
        if !body.is_empty() {
            let said: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(answer.json::<Value>(), said, "{asked}");
        }
    }
}

//! Pages: what a link preview may know, and the headers that protect them.

use aside_protocol::problem::ProblemCode;
use aside_server::testing::{Take, TestApp};
use aside_test_macros::both;
use serde_json::json;

#[both]
async fn a_link_preview_shows_title_and_length(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 3));
    sam.upload(&take).await;
    sam.finish(&take).await.expect(200);
    sam.patch(&take.path(), &json!({ "title": "Bug <in> \"login\"" }))
        .await
        .expect(200);
    let page = app
        .anonymous()
        .get(&format!("/w/{}", take.slug))
        .await
        .expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = page.text();
    assert!(
        html.contains("property=\"og:title\" content=\"Bug &lt;in&gt; &quot;login&quot;\""),
        "{html}"
    );
    assert!(html.contains("sam · 0:03"), "{html}");
    assert!(html.contains(&format!(
        "property=\"og:url\" content=\"http://aside.test/w/{}\"",
        take.slug
    )));
    assert!(html.contains("noindex"));
    assert!(!html.contains("og:image"), "there is no poster yet");
}

#[both]
async fn a_recording_for_members_only_reveals_nothing_not_even_to_its_owner(app: TestApp) {
    let (sam, take) = (app.sam().await, Take::new(1, 1));
    sam.upload(&take).await;
    let nowhere = "/w/0123456789abcdefghijkl";
    let plain = app.anonymous().get(nowhere).await.expect(404).text();
    for change in [
        json!({ "audience": "members" }),
        json!({ "audience": "link" }),
    ] {
        sam.patch(&take.path(), &change).await.expect(200);
        if change["audience"] == "link" {
            sam.delete(&take.path()).await.expect(204);
        }
        // Who may not see it gets what is got where there is nothing.
        let hidden = change["audience"] == "members";
        for (client, status) in [
            (app.anonymous(), if hidden { 404 } else { 200 }),
            (sam.clone(), 200),
        ] {
            let page = client.get(&format!("/w/{}", take.slug)).await;
            assert_eq!(page.expect(status).text(), plain);
        }
    }
}

#[both]
async fn a_link_that_leads_nowhere_says_so(app: TestApp) {
    for path in ["/w/0123456789abcdefghijkl", "/w/short", "/w/%00"] {
        let page = app.anonymous().get(path).await.expect(404);
        assert_eq!(
            page.header("content-type"),
            "text/html; charset=utf-8",
            "people see a page, not a problem"
        );
    }
}

#[both]
async fn addresses_of_the_page_get_the_page_and_addresses_of_programs_a_problem(app: TestApp) {
    for path in [
        "/",
        "/sign-in",
        "/setup",
        "/device",
        "/settings",
        "/settings/",
        "/trash",
    ] {
        app.anonymous().get(path).await.expect(200);
    }
    for path in [
        "/nowhere",
        "/settings/tokens",
        "/index.html",
        "/wp-login.php",
        "/w/",
        "/w/a/b",
    ] {
        let page = app.anonymous().get(path).await.expect(404);
        assert_eq!(
            page.header("content-type"),
            "text/html; charset=utf-8",
            "{path}: people see a page, not a problem"
        );
    }
    for path in [
        "/api",
        "/api/nothing",
        "/media/nothing",
        "/assets/nothing.js",
    ] {
        app.anonymous()
            .get(path)
            .await
            .expect_problem(ProblemCode::NotFound);
    }
    app.anonymous()
        .post("/device", &json!({}))
        .await
        .expect_problem(ProblemCode::NotFound);
}

#[both]
async fn no_page_runs_a_script_that_is_not_ours(app: TestApp) {
    for path in ["/", "/w/0123456789abcdefghijkl", "/api/me", "/api/nothing"] {
        let answer = app.anonymous().get(path).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(
            (
                answer.header("x-content-type-options"),
                answer.header("referrer-policy")
            ),
            ("nosniff", "same-origin")
        );
    }
}

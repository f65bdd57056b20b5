//! The recorder signs in with a code that a person confirms in the browser; no password ever
//! enters it.

use anyhow::{Context as _, Result, ensure};
use harness::program::Program;
use harness::server::PASSWORD;
use harness::setup::SYNTHETIC;
use harness::{RecorderHome, ServerProcess, Viewer};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_visitor_becomes_owner_and_signs_a_recorder_in() -> Result<()> {
    let server = ServerProcess::start().await?;
    let browser = server.stranger();
    assert_eq!(browser.get("/api/me").await?["setup_needed"], true);
    let setup = json!({ "email": "Owner@Example.org", "name": "Olga", "password": PASSWORD });
    let answer = browser
        .request(Method::POST, "/api/setup")
        .json(&setup)
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .and_then(|c| c.to_str().ok())
        .context("a session")?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let (status, _) = browser
        .refused(browser.request(Method::POST, "/api/setup").json(&setup))
        .await?;
    assert_eq!(status, 409, "only the first one");

    let home = RecorderHome::new(&server.url, "")?.without_account();
    let mut login = Program::start("aside login", home.aside(&["login", &server.url])?)?;
    let code = login.line_with("a code", find_code).await?;
    let ours = |method: Method, path: String| {
        browser
            .request(method, &path)
            .header("Cookie", &cookie)
            .header("Origin", &server.url)
    };
    let pending = harness::api::json(ours(Method::GET, format!("/api/device/{code}"))).await?;
    assert_eq!(pending["state"], "pending");
    harness::api::json(ours(Method::POST, format!("/api/device/{code}/approve"))).await?;
    let status = login.ended().await?;
    ensure!(status.success(), "{}", login.said());

    let args: Vec<&str> = SYNTHETIC
        .iter()
        .copied()
        .chain(["--duration", "2"])
        .collect();
    let mut recorder = home.record(&args)?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    let view = Viewer::new(server.stranger(), &link.slug).watch().await?;
    assert_eq!(
        (&view["state"], &view["owner"]["name"]),
        (&json!("finished"), &json!("Olga"))
    );
    Ok(())
}

/// Another site cannot make a signed-in browser do anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_from_another_site_with_our_cookie_is_refused() -> Result<()> {
    let server = ServerProcess::start().await?;
    server.account("sam@example.org", "member").await?;
    let browser = server.stranger();
    let sign_in = json!({ "email": "sam@example.org", "password": PASSWORD });
    let answer = browser
        .request(Method::POST, "/api/session")
        .json(&sign_in)
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer
        .headers()
        .get("set-cookie")
        .and_then(|c| c.to_str().ok())
        .context("a session")?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let token = |origin: &str, site: &str| {
        let request = browser
            .request(Method::POST, "/api/tokens")
            .json(&json!({ "name": "x" }));
        request
            .header("Cookie", &cookie)
            .header("Origin", origin)
            .header("Sec-Fetch-Site", site)
    };
    let (status, problem) = browser
        .refused(token("https://evil.example", "cross-site"))
        .await?;
    assert_eq!(
        (status.as_u16(), problem.code.as_str()),
        (403, "cross_site")
    );
    harness::api::json(token(&server.url, "same-origin")).await?;
    Ok(())
}

/// Eight consonants in two groups, such as `BCDF-GHJK`.
fn find_code(line: &str) -> Option<String> {
    let is_code = |w: &&str| {
        w.len() == 9
            && w.chars().enumerate().all(|(i, c)| {
                if i == 4 {
                    c == '-'
                } else {
                    c.is_ascii_uppercase()
                }
            })
    };
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .find(is_code)
        .map(str::to_owned)
}

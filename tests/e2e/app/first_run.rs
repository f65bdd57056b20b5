//! From the first start to a link that plays, by keyboard alone.

use anyhow::{Context as _, Result, ensure};
use harness::program::{TIMEOUT, eventually};
use harness::server::PASSWORD;
use harness::{TestSetup, setup};
use reqwest::Method;
use serde_json::json;

use super::plays;
use super::seat::Seat;

/// Confirms the code in the browser of somebody who has signed in there.
async fn confirm(setup: &TestSetup, page: &str) -> Result<()> {
    let browser = setup.server.stranger();
    let sign_in = json!({ "email": "sam@example.org", "password": PASSWORD });
    let answer = browser
        .request(Method::POST, "/api/session")
        .json(&sign_in)
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer.headers().get("set-cookie").context("a session")?;
    let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
    let code = page
        .rsplit('=')
        .next()
        .context("the code is in the address")?;
    let approve = browser
        .request(Method::POST, &format!("/api/device/{code}/approve"))
        .header("Cookie", cookie)
        .header("Origin", &setup.server.url);
    harness::api::json(approve).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_saw_it_signs_in_tries_it_records_and_has_a_link_that_plays() -> Result<()> {
    let setup = TestSetup::new().await?;
    let seat = Seat::first_run().await?;
    // The address of the server is what has the keyboard.
    seat.type_text(&setup.server.url).await?;
    seat.key("Return").await?;
    confirm(&setup, &seat.opened().await?).await?;

    // The test recording: it is kept nowhere, and no server hears of it.
    let scratch = seat.home.path().join("run/aside/test-recording");
    eventually("the folder of the test", TIMEOUT, || async {
        Ok(scratch.join("run").is_dir().then_some(()))
    })
    .await
    .with_context(|| seat.app.said())?;
    seat.test_recorder("ready").await?;
    seat.key("Return").await?;
    seat.test_recorder("countdown").await?;
    seat.key("space").await?;
    seat.desktop.speak(&setup::spoken("hello.wav")).await?;
    // It ends by itself, is played, and the button that goes on has the keyboard.
    eventually("the take of the test", TIMEOUT, || async {
        let takes = std::fs::read_dir(scratch.join("takes"));
        Ok(takes
            .is_ok_and(|mut takes| takes.next().is_some())
            .then_some(()))
    })
    .await?;
    seat.played(&scratch).await?;
    seat.key("Return").await?;
    let recorder = seat.recorder("ready").await?;
    ensure!(!scratch.exists(), "something of the test was kept");
    let list = setup.owner.get("/api/recordings").await?;
    ensure!(
        list["items"] == json!([]),
        "the test is nobody's recording: {list}"
    );
    ensure!(recorder["id"].is_null(), "{recorder}");

    seat.key("Return").await?;
    seat.recorder("countdown").await?;
    seat.key("space").await?;
    seat.recorder("recording").await?;
    seat.home.run(&["mark", "here"]).await?;
    seat.key("ctrl+shift+l").await?;
    plays(&setup).await
}

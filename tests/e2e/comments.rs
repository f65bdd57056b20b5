//! An answer at the very second: whoever has the page open sees it at once, and who was away
//! misses nothing.

use anyhow::{Context as _, Result};
use harness::{TestSetup, Viewer};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_and_its_answer_arrive_at_open_pages() -> Result<()> {
    let setup = TestSetup::new().await?;
    let (link, guest) = setup.recorded(3).await?;
    let author = Viewer::new(setup.owner.clone(), &link.slug);
    let mut at_author = author.api.events(&link.slug, None).await?;
    let mut at_guest = guest.api.events(&link.slug, None).await?;

    let written = guest
        .comment(
            1200,
            "Ana",
            "The **button** is cut off <script>alert(1)</script>",
        )
        .await?;
    let heard = at_author.next("comment").await?;
    assert_eq!(heard.data["id"], written["id"]);
    assert_eq!(
        (&heard.data["at_ms"], &heard.data["author"]["name"]),
        (&json!(1200), &json!("Ana"))
    );
    let html = heard.data["html"].as_str().context("html")?;
    assert!(
        html.contains("<strong>button</strong>") && !html.contains("<script"),
        "{html}"
    );

    let path = format!("/api/watch/{}/comments", link.slug);
    let answer = author
        .api
        .post(
            &path,
            &json!({ "at_ms": 1200, "parent_id": written["id"], "body": "Fixed" }),
        )
        .await?;
    at_guest.next("comment").await?;
    let heard = at_guest.next("comment").await?;
    assert_eq!(
        (&heard.data["id"], &heard.data["parent_id"]),
        (&answer["id"], &written["id"])
    );
    assert_eq!(guest.comments().await?.len(), 2);
    Ok(())
}

/// The server is killed and started again while a page is away: `Last-Event-ID` brings what it missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_away_hears_what_it_missed_even_from_a_new_server() -> Result<()> {
    let mut setup = TestSetup::new().await?;
    let (link, viewer) = setup.recorded(3).await?;
    let mut events = viewer.api.events(&link.slug, None).await?;
    viewer.comment(100, "Ana", "heard").await?;
    let last = events
        .next("comment")
        .await?
        .id
        .context("events have ids")?;
    drop(events);
    viewer.comment(200, "Ana", "missed one").await?;
    setup.server.kill().await?;
    setup.server.start_again().await?;
    viewer.comment(300, "Ana", "missed two").await?;
    let mut events = viewer.api.events(&link.slug, Some(&last)).await?;
    assert_eq!(events.next("comment").await?.data["body"], "missed one");
    assert_eq!(events.next("comment").await?.data["body"], "missed two");
    viewer.comment(400, "Ana", "live again").await?;
    assert_eq!(events.next("comment").await?.data["body"], "live again");
    Ok(())
}

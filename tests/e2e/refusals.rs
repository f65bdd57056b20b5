//! What the recorder cannot do, it says before it begins: what happened, what is safe, what to do.

use anyhow::{Result, ensure};
use harness::{Desktop, RecorderHome, TestSetup, Viewer};

async fn refused(home: &RecorderHome, args: &[&str], says: &[&str]) -> Result<()> {
    let (status, said) = home.refused(args).await?;
    ensure!(
        !status.success(),
        "{args:?} should have been refused:\n{said}"
    );
    ensure!(!said.contains("panicked"), "{args:?} panicked:\n{said}");
    let lower = said.to_lowercase();
    for word in says {
        ensure!(
            lower.contains(&word.to_lowercase()),
            "{args:?} should speak of {word:?}:\n{said}"
        );
    }
    ensure!(home.spooled_parts()?.is_empty(), "nothing is left behind");
    Ok(())
}

#[tokio::test]
async fn nonsense_on_the_command_line_is_named() -> Result<()> {
    let home = RecorderHome::new("http://127.0.0.1:9", "none")?;
    refused(
        &home,
        &["record", "--screen", "synthetic", "--duration", "-3"],
        &["duration"],
    )
    .await?;
    refused(
        &home,
        &["record", "--screen", "synthetic", "--duration=-3"],
        &["duration", "-3"],
    )
    .await?;
    refused(
        &home,
        &["record", "--screen", "synthetic", "--duration=0"],
        &["duration"],
    )
    .await?;
    refused(
        &home,
        &["record", "--screen", "synthetic", "--fps", "0"],
        &["fps"],
    )
    .await?;
    refused(
        &home,
        &["record", "--screen", "hologram"],
        &["hologram", "synthetic"],
    )
    .await?;
    refused(
        &home,
        &["takes", "export", "not-an-id", "x.mp4"],
        &["not-an-id"],
    )
    .await
}

#[tokio::test]
async fn a_display_that_is_not_there_is_said_before_anything_is_recorded() -> Result<()> {
    let nowhere = RecorderHome::new("http://127.0.0.1:9", "none")?
        .with_env([("DISPLAY".to_owned(), ":4711".to_owned())]);
    refused(
        &nowhere,
        &[
            "record",
            "--screen",
            "x11",
            "--mic",
            "none",
            "--duration",
            "2",
        ],
        &[":4711"],
    )
    .await?;
    let none = RecorderHome::new("http://127.0.0.1:9", "none")?;
    refused(
        &none,
        &["record", "--mic", "none", "--duration", "2"],
        &["screen"],
    )
    .await?;
    let desktop = Desktop::without_microphone(320, 240).await?;
    let home = RecorderHome::new("http://127.0.0.1:9", "none")?.with_env(desktop.env());
    refused(
        &home,
        &[
            "record",
            "--screen",
            "x11",
            "--display",
            "7",
            "--mic",
            "none",
            "--duration",
            "2",
        ],
        &["display"],
    )
    .await
}

/// No microphone: asked for by name it is an error with the way out; nothing is recorded silently without it.
#[tokio::test]
async fn a_microphone_that_is_not_there_is_said_with_the_way_out() -> Result<()> {
    let desktop = Desktop::without_microphone(320, 240).await?;
    let home = RecorderHome::new("http://127.0.0.1:9", "none")?.with_env(desktop.env());
    for mic in ["default", "no-such-microphone"] {
        refused(
            &home,
            &["record", "--screen", "x11", "--mic", mic, "--duration", "2"],
            &["microphone", "--mic none"],
        )
        .await?;
    }
    Ok(())
}

/// A token that is void stops nobody from recording: the take stays here until somebody signs in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_void_token_keeps_the_take_and_says_how_to_go_on() -> Result<()> {
    let setup = TestSetup::new().await?;
    let home = RecorderHome::new(&setup.server.url, "aside_void")?;
    let mut recorder =
        home.record(&["--screen", "synthetic", "--mic", "none", "--duration", "2"])?;
    let link = recorder.link().await?;
    recorder.ended().await?;
    let kept = recorder.seen("kept");
    ensure!(
        kept.last().is_some_and(|e| e["why"] == "signed_out"),
        "{kept:?}\n{}",
        recorder.program().said()
    );
    ensure!(
        kept.last()
            .and_then(|e| e["message"].as_str())
            .is_some_and(|m| m.contains("aside login")),
        "{kept:?}"
    );
    ensure!(!home.spooled_parts()?.is_empty(), "the take is safe");
    // The same computer, signed in: the take is brought to its end.
    let token = setup.owner.token.clone().unwrap_or_default();
    home.with_env([("ASIDE_TOKEN".to_owned(), token)])
        .run(&["takes", "resume"])
        .await?;
    let viewer = Viewer::new(setup.server.stranger(), &link.slug);
    assert_eq!(viewer.watch().await?["state"], "finished");
    Ok(())
}

/// Whoever may only watch is told so by the recorder, and the take stays on their computer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_record_is_told_so_and_keeps_the_take() -> Result<()> {
    let setup = TestSetup::new().await?;
    setup.server.account("vi@example.org", "viewer").await?;
    let token = setup.server.token("vi@example.org").await?;
    let home = RecorderHome::new(&setup.server.url, &token)?;
    let mut recorder =
        home.record(&["--screen", "synthetic", "--mic", "none", "--duration", "2"])?;
    let closed = recorder.event("upload_closed").await?;
    assert_eq!(closed["code"], "may_not_record");
    let message = closed["message"].as_str().unwrap_or_default();
    ensure!(
        message.contains("watch and comment, but not record") && message.contains("safe"),
        "{message}"
    );
    recorder.ended().await?;
    ensure!(!home.spooled_parts()?.is_empty(), "the take is safe");
    Ok(())
}

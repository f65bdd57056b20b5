//! What was said can be read, while it is being said and right after.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use harness::setup::spoken;
use harness::{TestSetup, Viewer};
use serde_json::Value;

/// What the fixtures say, and when: known from their synthesis.
fn expected(name: &str) -> Result<Value> {
    let all: Value = serde_json::from_str(&std::fs::read_to_string(spoken("expected.json"))?)?;
    let file = all["files"]
        .as_object()
        .or(all.as_object())
        .and_then(|m| m.get(name))
        .cloned();
    file.with_context(|| format!("expected.json speaks of {name}"))
}

async fn done(viewer: &Viewer) -> Result<()> {
    viewer
        .watch_until("the transcript done", |v| {
            v["transcript"]["state"] == "done"
        })
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spoken_words_are_read_with_their_times() -> Result<()> {
    let setup = TestSetup::with_transcripts().await?;
    let mic = format!("file:{}", spoken("screen.wav").display());
    let mut recorder =
        setup
            .home
            .record(&["--screen", "synthetic", "--mic", &mic, "--duration", "11"])?;
    let link = recorder.link().await?;
    recorder.finished().await?;
    let viewer = setup.viewer(&link);
    done(&viewer).await?;
    let expected = expected("screen.wav")?;
    assert_eq!(
        viewer.words().await?,
        expected["text"].as_str().context("text")?
    );

    let transcript = viewer.transcript().await?;
    let words = transcript["words"].as_array().context("words")?;
    let mut last = 0;
    for (n, word) in words.iter().enumerate() {
        let (start, end) = (
            word["start_ms"].as_u64().context("start")?,
            word["end_ms"].as_u64().context("end")?,
        );
        assert_eq!(word["n"], n);
        ensure!(start >= last && end >= start, "times run forward: {word}");
        last = start;
    }
    let captions = viewer
        .raw(&format!("/api/watch/{}/captions.vtt", viewer.slug))
        .await?
        .text()
        .await?;
    ensure!(captions.starts_with("WEBVTT"), "{captions}");
    let first = words[0]["text"].as_str().context("a word")?.trim();
    ensure!(captions.to_lowercase().contains(first), "{captions}");
    let poster = viewer
        .watch_until("a poster", |v| v["poster_url"].is_string())
        .await?;
    let poster = viewer
        .raw(
            poster["poster_url"]
                .as_str()
                .context("poster")?
                .trim_start_matches(&setup.server.url),
        )
        .await?;
    ensure!(poster.bytes().await?.starts_with(&[0xff, 0xd8]), "a JPEG");
    Ok(())
}

/// Words come to an open page while the take still runs, in order and each once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_arrive_while_the_take_is_recorded() -> Result<()> {
    let setup = TestSetup::with_transcripts().await?;
    let mic = format!("file:{}", spoken("review.wav").display());
    let mut recorder = setup
        .home
        .record(&["--screen", "synthetic", "--mic", &mic])?;
    let link = recorder.link().await?;
    let viewer = setup.viewer(&link);
    viewer.first_picture().await?;
    let mut events = viewer.api.events(&link.slug, None).await?;
    let first = events.next("words").await?;
    let early = first.data["words"].as_array().context("words")?.len();
    ensure!(early > 0);
    assert_eq!(
        viewer.watch().await?["state"],
        "recording",
        "nobody has pressed stop"
    );
    recorder.stop()?;
    recorder.finished().await?;
    done(&viewer).await?;
    let transcript = viewer.transcript().await?;
    let numbers: Vec<u64> = transcript["words"]
        .as_array()
        .context("words")?
        .iter()
        .filter_map(|w| w["n"].as_u64())
        .collect();
    let unique: BTreeSet<u64> = numbers.iter().copied().collect();
    ensure!(
        numbers.len() == unique.len() && numbers.len() >= early,
        "{numbers:?}"
    );
    Ok(())
}

/// Without a model nothing else suffers, and the page says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_model_the_take_is_whole_and_the_page_says_what_is_missing() -> Result<()> {
    let setup = TestSetup::with(harness::Settings {
        worker: true,
        ..harness::Settings::default()
    })
    .await?;
    let (_, viewer) = setup.recorded(3).await?;
    viewer.play_with_ffmpeg().await?;
    viewer
        .watch_until("no_model told", |v| v["transcript"]["state"] == "no_model")
        .await?;
    assert_eq!(
        viewer.api.get("/api/me").await?["server"]["transcription"],
        "no_model"
    );
    viewer
        .watch_until("a poster all the same", |v| v["poster_url"].is_string())
        .await?;
    Ok(())
}

//! Watch while it is being recorded, and after: the reason for all the rest.

use anyhow::{Context as _, Result, ensure};
use harness::setup::{FPS, SCREEN, SYNTHETIC, check_counters, check_whole};
use harness::sound::Sound;
use harness::{Database, RecorderProcess, Settings, TestSetup, Viewer, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_is_watched_while_it_is_recorded_and_after_on_sqlite() -> Result<()> {
    watched_during_and_after(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_take_is_watched_while_it_is_recorded_and_after_on_postgres() -> Result<()> {
    watched_during_and_after(Database::postgres().await?).await
}

async fn watched_during_and_after(database: Database) -> Result<()> {
    let setup = TestSetup::with(Settings {
        database,
        ..Settings::default()
    })
    .await?;
    let mut recorder = setup.home.record(SYNTHETIC)?;
    let link = recorder.link().await?;
    assert!(
        recorder.seen("started").is_empty(),
        "the link is known before the first picture"
    );
    assert_eq!(link.url, format!("{}/w/{}", setup.server.url, link.slug));

    let viewer = setup.viewer(&link);
    viewer.first_picture().await?;
    let view = viewer.watch().await?;
    assert_eq!(
        (&view["state"], &view["live"], &view["mine"]),
        (&"recording".into(), &true.into(), &false.into())
    );
    follows_live(&viewer).await?;

    // A second viewer who comes in the middle can watch everything up to now.
    recorder.parts(12).await?;
    let so_far = viewer.load("video").await?;
    ensure!(!so_far.playlist.ended);
    check_counters(&picture::decode(&so_far.path, SCREEN).await?)?;

    recorder.event("health").await?;
    recorder.parts(24).await?;
    recorder.stop()?;
    recorder.finished().await?;
    let end = recorder.seen("uploaded");
    assert_eq!(end.last().context("the end is told")?["missing"], 0);

    let view = viewer.watch().await?;
    assert_eq!(
        (&view["state"], &view["live"]),
        (&"finished".into(), &false.into())
    );
    let shown_ms = view["duration_ms"].as_u64().context("a length")?;
    let played_ms = viewer.play_with_ffmpeg().await?;
    ensure!(
        played_ms.abs_diff(shown_ms) <= 100,
        "the page says {shown_ms} ms, a player {played_ms} ms"
    );
    picture_and_sound_are_whole(&viewer, &recorder).await?;
    assert!(
        setup.home.spooled_parts()?.is_empty(),
        "with the receipt the computer is tidied up"
    );
    Ok(())
}

/// Each blocking reload answers with the part that was asked for.
async fn follows_live(viewer: &Viewer) -> Result<()> {
    for track in ["video", "audio"] {
        let (url, mut list) = viewer.playlist(track).await?;
        assert!(list.can_block_reload && !list.ended, "{track}: {list:?}");
        for _ in 0..4 {
            let next = list.next();
            list = viewer.reload(&url, next).await?;
            ensure!(
                list.next() > next,
                "{track}: asked for {next:?}, got up to {:?}",
                list.next()
            );
        }
    }
    Ok(())
}

/// Every counter is there, and each flash has its beep within one frame.
async fn picture_and_sound_are_whole(viewer: &Viewer, recorder: &RecorderProcess) -> Result<()> {
    let (video, audio) = (viewer.load("video").await?, viewer.load("audio").await?);
    for track in [&video, &audio] {
        assert!(track.playlist.ended && track.playlist.open_parts.is_empty());
    }
    let frames = picture::decode(&video.path, SCREEN).await?;
    check_whole(&frames, recorder)?;
    let sound = Sound::decode(&audio.path).await?;
    let (flashes, beeps) = (picture::flashes_ms(&frames), sound.onsets_ms());
    // A flash at the very beginning has its beep before the take.
    let inside: Vec<f64> = flashes.into_iter().filter(|ms| *ms > 100.0).collect();
    ensure!(inside.len() >= 2, "too few flashes to judge: {inside:?}");
    for flash in inside {
        let nearest = beeps
            .iter()
            .map(|b| b - flash)
            .min_by(|a, b| a.abs().total_cmp(&b.abs()));
        ensure!(
            nearest.is_some_and(|d| d.abs() <= 1000.0 / FPS),
            "the flash at {flash} ms has its beep {nearest:?} ms later; beeps: {beeps:?}"
        );
    }
    Ok(())
}

//! What a broken or hostile recorder may send: each is refused with a code and a sentence that
//! helps, and none of it harms the take.

use anyhow::{Context as _, Result, ensure};
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{MAX_PART_BYTES, Sha256, TrackName};
use aside_protocol::upload::content_digest;
use bytes::Bytes;
use harness::take::Take;
use harness::{TestSetup, Viewer};
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A real take, not sent yet, and a server to send it to.
async fn ready() -> Result<(TestSetup, Take)> {
    let setup = TestSetup::new().await?;
    let take = setup.take().await?;
    take.create(&setup.owner).send().await?.error_for_status()?;
    Ok((setup, take))
}

/// After all the nonsense the take is finished by honest means and plays.
async fn still_whole(setup: &TestSetup, take: &Take) -> Result<()> {
    for track in &take.tracks {
        for number in 0..u32::try_from(track.parts.len())? {
            take.put(&setup.owner, track.name, number)?
                .send()
                .await?
                .error_for_status()?;
        }
    }
    take.finish(&setup.owner).send().await?.error_for_status()?;
    Viewer::new(setup.server.stranger(), take.slug.as_str())
        .play_with_ffmpeg()
        .await?;
    Ok(())
}

async fn refused(
    setup: &TestSetup,
    request: reqwest::RequestBuilder,
    code: ProblemCode,
) -> Result<()> {
    let (status, problem) = setup.owner.refused(request).await?;
    ensure!(
        problem.code == code,
        "expected {code:?}, got {status}: {problem:?}"
    );
    ensure!(
        problem.detail.as_ref().unwrap_or(&problem.title).len() > 20,
        "says what to do: {problem:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_that_are_not_what_they_should_be_are_refused_by_name() -> Result<()> {
    let (setup, take) = ready().await?;
    let id = take.id.to_string();
    let video = &take.track(TrackName::Video).context("video")?.parts;
    let sound = &take.track(TrackName::Audio).context("audio")?.parts;

    let path = format!("/api/recordings/{id}/tracks/video/parts/0");
    let put = || {
        setup
            .owner
            .request(Method::PUT, &path)
            .body(video[0].clone())
    };
    let wrong = put().header("Content-Digest", content_digest(&Sha256::of(b"else")));
    refused(&setup, wrong, ProblemCode::DigestMismatch).await?;
    refused(&setup, put(), ProblemCode::DigestMissing).await?;
    let noise = Bytes::from_static(b"\x00\x00\x00\x10moofthis is not a part at all");
    refused(
        &setup,
        setup.owner.put_part(&id, "video", 0, &noise),
        ProblemCode::NotCmaf,
    )
    .await?;
    refused(
        &setup,
        setup.owner.put_part(&id, "video", 0, &sound[0]),
        ProblemCode::NotCmaf,
    )
    .await?;
    let two: Bytes = [video[0].as_ref(), video[1].as_ref()].concat().into();
    refused(
        &setup,
        setup.owner.put_part(&id, "video", 0, &two),
        ProblemCode::NotCmaf,
    )
    .await?;
    let half = video[0].slice(..video[0].len() / 2);
    refused(
        &setup,
        setup.owner.put_part(&id, "video", 0, &half),
        ProblemCode::NotCmaf,
    )
    .await?;

    let status = setup.owner.upload_status(&id).await?;
    ensure!(
        status.received.iter().all(|t| t.ranges.is_empty()),
        "nothing of it was kept: {status:?}"
    );
    still_whole(&setup, &take).await
}

/// Parts may come in any order and more than once; only other bytes are a conflict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_out_of_order_and_repeated_make_the_same_take() -> Result<()> {
    let (setup, take) = ready().await?;
    for track in &take.tracks {
        for number in (0..u32::try_from(track.parts.len())?).rev() {
            let first = take.put(&setup.owner, track.name, number)?.send().await?;
            assert_eq!(first.status(), 201);
            let again = take.put(&setup.owner, track.name, number)?.send().await?;
            assert_eq!(again.status(), 200);
            let (a, b) = (first.text().await?, again.text().await?);
            assert_eq!(a, b, "the same receipt");
        }
    }
    // A part that would do as well, from another take.
    let other = setup.another_first_picture().await?;
    let conflict = setup
        .owner
        .put_part(&take.id.to_string(), "video", 0, &other);
    refused(&setup, conflict, ProblemCode::PartConflict).await?;
    still_whole(&setup, &take).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finish_with_a_missing_part_says_which() -> Result<()> {
    let (setup, take) = ready().await?;
    for track in &take.tracks {
        for number in (0..u32::try_from(track.parts.len())?).filter(|n| *n != 1) {
            take.put(&setup.owner, track.name, number)?
                .send()
                .await?
                .error_for_status()?;
        }
    }
    let (status, problem) = setup.owner.refused(take.finish(&setup.owner)).await?;
    assert_eq!(
        (status.as_u16(), problem.code),
        (409, ProblemCode::PartsMissing)
    );
    assert_eq!(problem.missing.len(), take.tracks.len(), "{problem:?}");
    for track in &problem.missing {
        assert_eq!(
            track
                .ranges
                .iter()
                .map(|r| (r.first, r.last))
                .collect::<Vec<_>>(),
            [(1, 1)]
        );
    }
    still_whole(&setup, &take).await
}

/// 100 MB are refused before they are read, and an announced length is not believed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lengths_are_neither_trusted_nor_waited_for() -> Result<()> {
    let (setup, take) = ready().await?;
    let path = format!("/api/recordings/{}/tracks/video/parts/0", take.id);
    let token = setup.owner.token.clone().unwrap_or_default();
    let part = &take.track(TrackName::Video).context("video")?.parts[0];
    let digest = content_digest(&Sha256::of(part));
    let head = |length: &str| {
        format!(
            "PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Digest: {digest}\r\n{length}\r\n\r\n"
        )
    };

    // Announces 100 MB and sends none of it: the answer must come all the same.
    let answer = say(&setup, head("Content-Length: 104857600").as_bytes(), false).await?;
    ensure!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"),
        "{answer}"
    );

    // No length announced, and too much sent.
    let chunk = vec![b'x'; 1 << 20];
    let mut endless = head("Transfer-Encoding: chunked").into_bytes();
    for _ in 0..=(MAX_PART_BYTES >> 20) {
        endless.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        endless.extend_from_slice(&chunk);
        endless.extend_from_slice(b"\r\n");
    }
    let answer = say(&setup, &endless, false).await?;
    ensure!(
        answer.starts_with("HTTP/1.1 411") || answer.starts_with("HTTP/1.1 413"),
        "{answer}"
    );

    // Announces more than it sends, then hangs up: nothing of it is kept.
    let mut lie = head(&format!("Content-Length: {}", part.len() + 10)).into_bytes();
    lie.extend_from_slice(part);
    let answer = say(&setup, &lie, true).await?;
    ensure!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );

    // Announces less than it sends: the digest does not fit, and the rest is no request.
    let mut lie = head(&format!("Content-Length: {}", part.len() - 10)).into_bytes();
    lie.extend_from_slice(part);
    let answer = say(&setup, &lie, true).await?;
    ensure!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("digest_mismatch"),
        "{answer}"
    );

    let status = setup.owner.upload_status(&take.id.to_string()).await?;
    ensure!(
        status.received.iter().all(|t| t.ranges.is_empty()),
        "{status:?}"
    );
    still_whole(&setup, &take).await
}

/// Sends raw bytes and hears what comes back until the server closes or has answered.
async fn say(setup: &TestSetup, bytes: &[u8], hang_up: bool) -> Result<String> {
    let stream = TcpStream::connect(&setup.server.address).await?;
    let (mut from, mut to) = stream.into_split();
    let mut heard = Vec::new();
    let sending = async {
        // The server may close before it has heard everything: that is its right.
        let _ = to.write_all(bytes).await;
        if hang_up {
            let _ = to.shutdown().await;
        }
    };
    let hearing = async {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            heard.extend_from_slice(&buffer[..n]);
            let text = String::from_utf8_lossy(&heard);
            let whole = text
                .split_once("\r\n\r\n")
                .is_some_and(|(_, body)| body.ends_with('}'));
            if whole && !hang_up {
                break;
            }
        }
    };
    let both = async { tokio::join!(sending, hearing) };
    tokio::time::timeout(harness::TIMEOUT, both)
        .await
        .context("the server neither answered nor closed")?;
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

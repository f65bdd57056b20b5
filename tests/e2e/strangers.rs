//! Somebody else's token, somebody else's id, a link that does not exist.

use anyhow::{Result, ensure};
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::TrackName;
use harness::{Api, TestSetup, Viewer};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_someone_else_opens_nothing() -> Result<()> {
    let setup = TestSetup::new().await?;
    let take = setup.take().await?;
    take.create(&setup.owner).send().await?.error_for_status()?;
    let other = setup.server.person("eve@example.org").await?;
    let nobody = setup.server.stranger();
    let forged = Api::new(
        &setup.server.url,
        Some("aside_forged_token_of_a_plausible_length_0123".to_owned()),
    );
    for (who, api, code) in [
        ("another member", &other, ProblemCode::Forbidden),
        ("nobody", &nobody, ProblemCode::Unauthenticated),
        ("a forged token", &forged, ProblemCode::Unauthenticated),
    ] {
        let upload = format!("/api/recordings/{}/upload", take.id);
        for request in [
            take.create(api),
            take.put(api, TrackName::Video, 0)?,
            take.finish(api),
            api.request(Method::GET, &upload),
            api.request(Method::DELETE, &format!("/api/recordings/{}", take.id)),
            api.request(Method::PATCH, &format!("/api/recordings/{}", take.id))
                .json(&serde_json::json!({ "title": "mine now" })),
        ] {
            let (_, problem) = api.refused(request).await?;
            // Whether a thing exists may be kept from those who may not see it.
            ensure!(
                [code, ProblemCode::NotFound].contains(&problem.code),
                "{who}: {problem:?}"
            );
        }
    }
    let status = setup.owner.upload_status(&take.id.to_string()).await?;
    ensure!(
        status.received.iter().all(|t| t.ranges.is_empty()),
        "nothing got in: {status:?}"
    );
    Ok(())
}

/// The same id from two computers: the first one's take stays what it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_recorders_with_the_same_id_do_not_mix() -> Result<()> {
    let setup = TestSetup::new().await?;
    let take = setup.take().await?;
    take.create(&setup.owner).send().await?.error_for_status()?;
    let mut same_id = take.renamed()?;
    same_id.id = take.id;
    let (_, problem) = setup.owner.refused(same_id.create(&setup.owner)).await?;
    assert_eq!(
        problem.code,
        ProblemCode::RecordingConflict,
        "the same id under another slug"
    );
    let mut same_slug = take.renamed()?;
    same_slug.slug = take.slug.clone();
    let (_, problem) = setup.owner.refused(same_slug.create(&setup.owner)).await?;
    assert_eq!(
        problem.code,
        ProblemCode::RecordingConflict,
        "another id under the same slug"
    );
    // Two computers of one person that send the same part number: the first bytes stay.
    take.put(&setup.owner, TrackName::Video, 0)?
        .send()
        .await?
        .error_for_status()?;
    let other = setup.another_first_picture().await?;
    let conflict = setup
        .owner
        .put_part(&take.id.to_string(), "video", 0, &other);
    let (_, problem) = setup.owner.refused(conflict).await?;
    assert_eq!(problem.code, ProblemCode::PartConflict);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_does_not_exist_shows_nothing() -> Result<()> {
    let setup = TestSetup::new().await?;
    let viewer = Viewer::new(setup.server.stranger(), "AAAAAAAAAAAAAAAAAAAAAA");
    for path in [
        "",
        "/transcript",
        "/captions.vtt",
        "/poster",
        "/comments",
        "/events",
    ] {
        let answer = viewer
            .raw(&format!("/api/watch/{}{path}", viewer.slug))
            .await?;
        let (status, problem) = harness::api::problem(answer).await?;
        assert_eq!(
            (status.as_u16(), problem.code),
            (404, ProblemCode::NotFound),
            "{path}"
        );
    }
    Ok(())
}

/// A take for members shows nothing to others: no view, no words, no picture, no comment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_only_hides_every_derivative() -> Result<()> {
    let setup = TestSetup::new().await?;
    let (_, viewer) = setup.recorded(3).await?;
    let before = viewer.master_url().await?;
    let id = viewer.watch().await?["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    viewer.comment(500, "Ana", "seen while it was open").await?;
    setup
        .owner
        .patch(
            &format!("/api/recordings/{id}"),
            &serde_json::json!({ "audience": "members" }),
        )
        .await?;
    for path in [
        "",
        "/transcript",
        "/captions.vtt",
        "/poster",
        "/comments",
        "/events",
    ] {
        let (status, problem) = harness::api::problem(
            viewer
                .raw(&format!("/api/watch/{}{path}", viewer.slug))
                .await?,
        )
        .await?;
        assert_eq!(
            (status.as_u16(), problem.code),
            (404, ProblemCode::NotFound),
            "{path}"
        );
    }
    let shell = viewer
        .raw(&format!("/w/{}", viewer.slug))
        .await?
        .text()
        .await?;
    ensure!(
        !shell.contains("og:image") && !shell.contains("og:video"),
        "the preview shows nothing either"
    );
    let member = setup.server.person("mara@example.org").await?;
    Viewer::new(member, &viewer.slug).watch().await?;
    // An address that was handed out before runs out by itself; it never opens another recording.
    ensure!(before.contains("/media/"));
    Ok(())
}

//! `PUT /api/recordings/{id}`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::RecordingState;
use aside_protocol::text::clean_title;
use aside_protocol::time::Timestamp;
use aside_protocol::upload::{CreateRecording, RecordingCreated};
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::access::{Action, decide};
use crate::domain::recording::{Audience, Recording, Track, plausible_start};
use crate::domain::upload::read_tracks;
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult};
use crate::store::{StoreError, Tx};

/// 9999-12-31: the last day a calendar of four digits knows.
const LAST_DAY: Timestamp = Timestamp::from_micros(253_402_214_400_000_000);

/// Begins a recording, or says that it is known. May be repeated at will.
#[utoipa::path(
    put, path = "/api/recordings/{id}", tag = "upload",
    params(("id" = RecordingId, Path, description = "UUIDv7, made by the recorder")),
    request_body = CreateRecording,
    responses((status = 201, body = RecordingCreated), (status = 200, body = RecordingCreated, description = "Known already"),
        (status = 409, description = "`recording_conflict`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"))
)]
pub async fn create_recording(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Path(id): Path<RecordingId>,
    Json(wanted): Json<CreateRecording>,
) -> ApiResult<(StatusCode, Json<RecordingCreated>)> {
    if id.0.get_version_num() != 7 {
        return Err(ApiError::invalid(
            "id",
            "A recording's id is a UUID of version 7.",
        ));
    }
    let title = clean_title(&wanted.title).map_err(|e| ApiError::invalid("title", e))?;
    if wanted.started_at < Timestamp::from_micros(0) || wanted.started_at > LAST_DAY {
        return Err(ApiError::invalid(
            "started_at",
            "Microseconds since 1970, please.",
        ));
    }
    let tracks = read_tracks(wanted.tracks).map_err(|e| ApiError::invalid("tracks", e))?;
    let now = app.now();
    let fresh = Recording {
        id,
        slug: wanted.slug,
        owner: member.user.id,
        title,
        audience: Audience::Link,
        share_epoch: 0,
        started_at: plausible_start(wanted.started_at, now),
        created_at: now,
        last_part_at: now,
        last_seen_at: None,
        paused_at: None,
        finished_at: None,
        deleted_at: None,
        poster_key: None,
        version: 1,
    };
    let answer = |status: StatusCode, state: RecordingState| {
        let created = RecordingCreated {
            id,
            slug: fresh.slug.clone(),
            url: base.watch(&fresh.slug),
            state,
        };
        Ok((status, Json(created)))
    };
    if let Some(held) = app.store.recording(id).await? {
        let state = known(&app, &member, &held, &fresh, &tracks).await?;
        return answer(StatusCode::OK, state);
    }
    let inserted = app
        .store
        .write(async |tx: &mut Tx| -> Result<(), StoreError> {
            tx.insert_recording(&fresh).await?;
            for track in &tracks {
                tx.insert_track(id, track).await?;
            }
            Ok(())
        })
        .await;
    match inserted {
        Ok(()) => answer(StatusCode::CREATED, fresh.state(now)),
        // Somebody was quicker: with the same id (then it is known now), or with the same slug.
        Err(error) if error.is_duplicate() => match app.store.recording(id).await? {
            Some(held) => {
                let state = known(&app, &member, &held, &fresh, &tracks).await?;
                answer(StatusCode::OK, state)
            }
            None => Err(conflict(
                "The link is taken by another recording. Make a new slug.",
            )),
        },
        Err(error) => Err(error.into()),
    }
}

/// Whether the recording that is here is the one that is meant. Title and start may have been
/// changed since, so they are not compared.
async fn known(
    app: &App,
    member: &Member,
    held: &Recording,
    wanted: &Recording,
    tracks: &[Track],
) -> ApiResult<RecordingState> {
    decide(&member.viewer(), Action::Upload, &held.facts())?;
    if held.slug != wanted.slug {
        return Err(conflict("This id is known with another link."));
    }
    let ours = app.store.tracks(held.id).await?;
    let same = ours.len() == tracks.len()
        && ours
            .iter()
            .zip(tracks)
            .all(|(a, b)| a.name == b.name && a.init == b.init);
    if same {
        Ok(held.state(app.now()))
    } else {
        Err(conflict("This id is known with other tracks."))
    }
}

fn conflict(detail: &str) -> ApiError {
    ApiError::new(ProblemCode::RecordingConflict).detail(detail)
}

//! `PUT /api/recordings/{id}/tracks/{track}/parts/{n}`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{MAX_PART_BYTES, MAX_PARTS, TrackName};
use aside_protocol::upload::{PartReceipt, parse_content_digest};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::mine;
use crate::app::App;
use crate::domain::recording::PartRow;
use crate::domain::upload::writer::{Committed, NewPart, NotTaken, WriterError};
use crate::domain::upload::{self, PartRefusal, Place};
use crate::http::extract::{Json, Member, Path};
use crate::http::{ApiError, ApiResult, body};
use crate::objects::ObjectKey;
use crate::service::write_object::write_object;

/// Takes one part. A 2xx means that bytes and row survive a power cut.
#[utoipa::path(
    put, path = "/api/recordings/{id}/tracks/{track}/parts/{number}", tag = "upload",
    params(
        ("id" = RecordingId, Path,), ("track" = TrackName, Path,), ("number" = u32, Path,),
        ("Content-Digest" = String, Header, description = "`sha-256=:…:` (RFC 9530)")
    ),
    request_body(content = Vec<u8>, content_type = "video/mp4"),
    responses((status = 201, body = PartReceipt), (status = 200, body = PartReceipt, description = "Known already"),
        (status = 409, description = "`part_conflict`, `already_finished`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"))
)]
pub async fn put_part(
    State(app): State<App>,
    member: Member,
    Path((id, track, number)): Path<(RecordingId, TrackName, u32)>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<(StatusCode, Json<PartReceipt>)> {
    let length = match body::announced_length(&headers, MAX_PART_BYTES) {
        Ok(length) => length,
        Err(refusal) => {
            body::drain(body).await;
            return Err(refusal);
        }
    };
    let recording = mine(&app, &member, id).await?;
    let track = app
        .store
        .track(id, track)
        .await?
        .ok_or_else(|| ApiError::not_found().detail("This recording has no such track."))?;
    if number >= MAX_PARTS {
        return Err(ApiError::invalid(
            "number",
            format!("A track has at most {MAX_PARTS} parts."),
        ));
    }
    let announced = headers
        .get("content-digest")
        .and_then(|v| v.to_str().ok())
        .and_then(parse_content_digest);
    let announced = announced.ok_or_else(|| ApiError::new(ProblemCode::DigestMissing))?;

    let held = app.intake.read(body, length).await?;
    let sha256 = held.sha256;
    if sha256 != announced {
        return Err(ApiError::new(ProblemCode::DigestMismatch)
            .detail("The bytes were changed on the way. Nothing was kept; send the part again."));
    }
    let row = upload::read(&held.bytes, sha256, &track, number).map_err(NotTaken::from)?;

    // Asked before anything is written, so that a repeated part costs nothing and a wrong one leaves nothing.
    match upload::place(&row, &app.store.neighbours(id, track.name, number).await?)
        .map_err(NotTaken::from)?
    {
        Place::Known(known) => return Ok((StatusCode::OK, Json(receipt(track.name, &known)))),
        Place::Taken => return Err(NotTaken::Taken.into()),
        Place::New if recording.finished_at.is_some() => return Err(NotTaken::Finished.into()),
        Place::New | Place::Lost(_) => {}
    }
    let key = ObjectKey::Part {
        recording: id,
        track: track.name,
        number,
        sha256,
    };
    let since = app.now();
    write_object(&app.store, &app.objects, &key, held.bytes.clone()).await?;
    drop(held);
    match app
        .parts
        .commit(NewPart {
            recording: id,
            track: track.name,
            row,
            since,
        })
        .await?
    {
        Committed::New => Ok((StatusCode::CREATED, Json(receipt(track.name, &row)))),
        Committed::Known(known) => Ok((StatusCode::OK, Json(receipt(track.name, &known)))),
        Committed::Refused(why) => Err(why.into()),
        Committed::Late => Err(ApiError::new(ProblemCode::Unavailable)
            .detail("Storing this part took too long. Send it again.")),
    }
}

fn receipt(track: TrackName, row: &PartRow) -> PartReceipt {
    PartReceipt {
        track,
        number: row.number,
        sha256: row.sha256,
        size: row.size,
        start: row.start,
        duration: row.duration,
        independent: row.independent,
    }
}

impl From<NotTaken> for ApiError {
    fn from(why: NotTaken) -> Self {
        let code = match &why {
            NotTaken::Part(PartRefusal::BeforePrevious { .. } | PartRefusal::AfterNext { .. }) => {
                ProblemCode::Invalid
            }
            NotTaken::Part(_) => ProblemCode::NotCmaf,
            NotTaken::Taken => ProblemCode::PartConflict,
            NotTaken::Finished => ProblemCode::AlreadyFinished,
            NotTaken::Deleted => ProblemCode::Gone,
            NotTaken::NoSuchRecording => ProblemCode::NotFound,
        };
        Self::new(code).detail(why)
    }
}

impl From<WriterError> for ApiError {
    fn from(error: WriterError) -> Self {
        match error {
            WriterError::Store(cause) => (&*cause).into(),
            other => Self::internal(other),
        }
    }
}

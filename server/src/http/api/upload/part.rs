//! `PUT /api/recordings/{id}/tracks/{track}/parts/{n}`

use aside_protocol::id::RecordingId;
use aside_protocol::problem::ProblemCode;
use aside_protocol::recording::{FIRST_INIT, MAX_PART_BYTES, TrackName};
use aside_protocol::upload::{INIT_VERSION, PartReceipt, parse_content_digest};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::domain::access::{Allowed, Upload};
use crate::domain::recording::PartRow;
use crate::domain::upload::PartRefusal;
use crate::http::extract::{Json, Path};
use crate::http::{ApiError, ApiResult, body};
use crate::service::upload::write::{Incoming, WriteError, write};
use crate::service::upload::writer::{NotTaken, WriterError};

/// Takes one part. A 2xx means that bytes and row survive a power cut.
#[utoipa::path(
    put, path = "/api/recordings/{id}/tracks/{track}/parts/{number}", tag = "upload",
    params(
        ("id" = RecordingId, Path,), ("track" = TrackName, Path,), ("number" = u32, Path,),
        ("Content-Digest" = String, Header, description = "`sha-256=:…:` (RFC 9530)"),
        ("Aside-Init-Version" = Option<u32>, Header, description = "Version of the init that the part is decoded with; 1 where it is left out")
    ),
    request_body(content = Vec<u8>, content_type = "video/mp4"),
    responses((status = 201, body = PartReceipt), (status = 200, body = PartReceipt, description = "Known already"),
        (status = 409, description = "`part_conflict`, `init_unknown`, `already_finished`", body = aside_protocol::problem::Problem, content_type = "application/problem+json"))
)]
pub async fn put_part(
    State(app): State<App>,
    recording: Allowed<Upload>,
    Path((_id, track, number)): Path<(RecordingId, TrackName, u32)>,
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
    let init = match init_version(&headers) {
        Ok(version) => version,
        Err(refusal) => {
            body::drain(body).await;
            return Err(refusal);
        }
    };
    let digest = headers.get("content-digest").and_then(|v| v.to_str().ok());
    let part = Incoming {
        track,
        number,
        init,
        length,
        digest: digest.and_then(parse_content_digest),
        body: body.into_data_stream(),
    };
    let held = write(&app, &app.intake, &app.parts, &recording, part).await?;
    let status = if held.known {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(receipt(track, &held.row))))
}

fn init_version(headers: &HeaderMap) -> ApiResult<u32> {
    let Some(value) = headers.get(INIT_VERSION) else {
        return Ok(FIRST_INIT);
    };
    let version = value.to_str().ok().and_then(|v| v.parse().ok());
    version.ok_or_else(|| ApiError::invalid(INIT_VERSION, "Not a version: a number, please."))
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
        init: row.init,
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NoSuchTrack => Self::not_found().detail(error),
            WriteError::UnknownInit { .. } => Self::new(ProblemCode::InitUnknown).detail(error),
            WriteError::Number => Self::invalid("number", error),
            WriteError::NoDigest => Self::new(ProblemCode::DigestMissing),
            WriteError::OtherDigest => Self::new(ProblemCode::DigestMismatch).detail(error),
            WriteError::Late => Self::new(ProblemCode::Unavailable).detail(error),
            WriteError::NotTaken(cause) => cause.into(),
            WriteError::Intake(cause) => cause.into(),
            WriteError::Store(cause) => cause.into(),
            WriteError::Storage(cause) => cause.into(),
            WriteError::Writer(cause) => cause.into(),
        }
    }
}

impl From<NotTaken> for ApiError {
    fn from(why: NotTaken) -> Self {
        let code = match &why {
            NotTaken::Part(
                PartRefusal::BeforePrevious { .. }
                | PartRefusal::AfterNext { .. }
                | PartRefusal::InitOrder { .. }
                | PartRefusal::InitInside { .. }
                | PartRefusal::NotEvents(_),
            ) => ProblemCode::Invalid,
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

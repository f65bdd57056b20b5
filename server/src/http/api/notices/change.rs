//! `POST /api/me/notices/change` and `/read`

use aside_protocol::id::{NoticeId, RecordingId};
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::notice_settings::Later;
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::service::notices::{self as service, Wish};

/// At once.
const MAX_IDS: usize = 100;

/// What is to become of notices; what is not said stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeNotices {
    /// At most 100. Those that are not one's own are passed over.
    ids: Vec<NoticeId>,
    #[serde(default)]
    read: Option<bool>,
    #[serde(default)]
    done: Option<bool>,
    /// Puts them off; they are unread when they come back.
    #[serde(default)]
    later: Option<Later>,
    /// They are not put off any more.
    #[serde(default)]
    now: bool,
    /// Of the IANA database: the browser's, for who has not said any.
    #[serde(default)]
    time_zone: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedNotices {
    /// Until when they are put off.
    #[schema(required)]
    later_until: Option<Timestamp>,
}

/// Marks notices as read, unread, done, or puts them off
#[utoipa::path(post, path = "/api/me/notices/change", tag = "inbox", request_body = ChangeNotices,
    responses((status = 200, body = ChangedNotices), (status = 422, description = "invalid, with the field")))]
pub async fn change_notices(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ChangeNotices>,
) -> ApiResult<Json<ChangedNotices>> {
    if wanted.ids.len() > MAX_IDS {
        return Err(ApiError::invalid("ids", "Change at most 100 at once."));
    }
    let wish = Wish {
        read: wanted.read,
        done: wanted.done,
        later: match (wanted.later, wanted.now) {
            (Some(later), _) => Some(Some(later)),
            (None, true) => Some(None),
            (None, false) => None,
        },
    };
    let zone = wanted.time_zone.as_deref();
    let until = service::change(&app, &member, &wanted.ids, wish, zone).await?;
    Ok(Json(ChangedNotices { later_until: until }))
}

/// What was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadNotices {
    /// What was told of its comments; none: all of the inbox.
    #[serde(default)]
    recording_id: Option<RecordingId>,
}

/// Marks the whole inbox as read, or what it says of the comments of a recording
#[utoipa::path(post, path = "/api/me/notices/read", tag = "inbox", request_body = ReadNotices, responses((status = 204)))]
pub async fn read_notices(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ReadNotices>,
) -> ApiResult<StatusCode> {
    match wanted.recording_id {
        Some(recording) => service::seen(&app, member.user.id, recording).await?,
        None => service::mark_all_read(&app, &member).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

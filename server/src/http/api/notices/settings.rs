//! `/api/me/notice-settings`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::notice::Kind;
use crate::domain::notice_settings::{NoticeSettings, NoticeSettingsError, Way};
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::service::notices::{self as service, ChangeError};

/// How one is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeSettingsView {
    /// With a pace for every kind.
    settings: NoticeSettings,
    /// The time zone that counts, if any is known: that of the profile, else that of the settings.
    #[schema(required)]
    time_zone: Option<String>,
    /// Whether this server sends mails.
    mail: bool,
}

/// How one is told by mail and in browsers
#[utoipa::path(get, path = "/api/me/notice-settings", tag = "inbox", responses((status = 200, body = NoticeSettingsView)))]
pub async fn get_notice_settings(
    State(app): State<App>,
    member: Member,
) -> ApiResult<Json<NoticeSettingsView>> {
    let (mut settings, zone) = service::settings(&app, &member).await?;
    for kind in Kind::ALL {
        let (mail, push) = (
            settings.pace(Way::Mail, kind),
            settings.pace(Way::Push, kind),
        );
        settings.kinds.insert(kind.as_str().to_owned(), mail);
        settings.push.insert(kind.as_str().to_owned(), push);
    }
    Ok(Json(NoticeSettingsView {
        time_zone: zone.or_else(|| settings.zone.clone()),
        settings,
        mail: app.mails,
    }))
}

/// Says how one is told by mail and in browsers; what waits is due anew
#[utoipa::path(put, path = "/api/me/notice-settings", tag = "inbox", request_body = NoticeSettings,
    responses((status = 204), (status = 422, description = "invalid, with the field")))]
pub async fn set_notice_settings(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<NoticeSettings>,
) -> ApiResult<StatusCode> {
    service::change_settings(&app, &member, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Settings(cause) => cause.into(),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}

impl From<NoticeSettingsError> for ApiError {
    fn from(error: NoticeSettingsError) -> Self {
        Self::invalid(error.field(), error)
    }
}

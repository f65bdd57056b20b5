//! `/api/me/profile`

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::picture::picture_url;
use crate::app::App;
use crate::auth::cookie::set_language;
use crate::domain::profile::ProfileError;
use crate::http::extract::{Json, Member};
use crate::http::{ApiError, ApiResult};
use crate::picture::PictureError;
use crate::service::mail_address::pending;
use crate::service::profile::{self as service, Change, ChangeError};

/// What one may change of oneself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Profile {
    name: String,
    email: String,
    /// An address that was asked for and is not proved yet.
    #[schema(required)]
    pending_email: Option<String>,
    /// Of the IANA database, such as `Europe/Berlin`; none: the browser's.
    #[schema(required)]
    time_zone: Option<String>,
    /// BCP 47, of pages where there are some in it, and of dates; none: the browser's.
    #[schema(required)]
    language: Option<String>,
    /// The address of one's picture.
    #[schema(required)]
    picture: Option<String>,
    /// False: one signs in by a provider alone.
    has_password: bool,
}

/// What is not said stays; `null` takes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProfile {
    name: Option<String>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, required = false)]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, required = false)]
    language: Option<Option<String>>,
}

/// `null` is said, too.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// One's own profile
#[utoipa::path(get, path = "/api/me/profile", tag = "account", responses((status = 200, body = Profile)))]
pub async fn get_profile(State(app): State<App>, member: Member) -> ApiResult<Json<Profile>> {
    let profile = service::read(&app, member.user.id).await?;
    let pending = pending(&app, member.user.id).await?;
    Ok(Json(Profile {
        name: member.user.name,
        email: member.user.email.as_str().to_owned(),
        pending_email: pending.map(|email| email.as_str().to_owned()),
        time_zone: profile.time_zone,
        language: profile.language,
        picture: profile
            .picture
            .map(|hash| picture_url(member.user.id, &hash)),
        has_password: profile.has_password,
    }))
}

/// Changes one's name, time zone and language
#[utoipa::path(patch, path = "/api/me/profile", tag = "account", request_body = ChangeProfile, responses((status = 204)))]
pub async fn change_profile(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ChangeProfile>,
) -> ApiResult<impl IntoResponse> {
    let cookie = wanted.language.clone();
    let change = Change {
        name: wanted.name,
        time_zone: wanted.time_zone,
        language: wanted.language,
    };
    service::change(&app, &member, change).await?;
    // The next page of this browser comes in it.
    let cookie =
        cookie.map(|tag| AppendHeaders([(header::SET_COOKIE, set_language(tag.as_deref()))]));
    Ok((StatusCode::NO_CONTENT, cookie, ()))
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Account(cause) => cause.into(),
            ChangeError::Profile(cause) => cause.into(),
            ChangeError::Picture(cause) => cause.into(),
            ChangeError::Broken => Self::internal(error),
            ChangeError::Store(cause) => cause.into(),
        }
    }
}

impl From<ProfileError> for ApiError {
    fn from(error: ProfileError) -> Self {
        Self::invalid(error.field(), error)
    }
}

impl From<PictureError> for ApiError {
    fn from(error: PictureError) -> Self {
        Self::invalid("picture", error)
    }
}

//! The device authorization grant (RFC 8628). The recorder's half speaks forms and the RFC's own
//! error envelope; the person's half is ordinary.

use std::time::Duration;

use aside_protocol::device::{
    DEVICE_GRANT, DeviceAuthorization, DeviceError, DeviceRefusal, DeviceToken,
};
use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::token::Secret;
use crate::domain::device::{self, CLIENT_ID, DeviceState, INTERVAL, LIFETIME};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::StoreError;
use crate::service::device::{self as service, Poll};

/// RFC 8628 §3.1, and a name for the list of tokens.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AuthorizeForm {
    client_id: String,
    /// Of the machine.
    #[serde(default)]
    name: String,
}

/// RFC 8628 §3.4.
#[derive(Deserialize, ToSchema)]
pub struct TokenForm {
    grant_type: String,
    device_code: String,
    client_id: String,
}

/// The RFC's own errors on the recorder's half; ours where the server itself is at fault.
#[derive(Debug)]
pub enum Refused {
    Device(DeviceError),
    Other(ApiError),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Device(error) => (
                StatusCode::BAD_REQUEST,
                [(header::CACHE_CONTROL, "no-store")],
                axum::Json(DeviceRefusal { error }),
            )
                .into_response(),
            Self::Other(error) => error.into_response(),
        }
    }
}

impl From<FormRejection> for Refused {
    fn from(rejection: FormRejection) -> Self {
        match rejection {
            FormRejection::InvalidFormContentType(_) => Self::Other(
                ApiError::new(ProblemCode::UnsupportedMediaType)
                    .detail("Send a form (RFC 8628 §3.1)."),
            ),
            _ => Self::Device(DeviceError::InvalidRequest),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

/// Begins a sign-in: one code for the recorder, one for the person.
#[utoipa::path(post, path = "/api/device/authorize", tag = "device", request_body(content = AuthorizeForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = DeviceAuthorization), (status = 400, body = DeviceRefusal), (status = 429, description = "`too_many_requests`, with Retry-After", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn authorize_device(
    State(app): State<App>,
    base: BaseUrl,
    via: Via,
    form: Result<Form<AuthorizeForm>, FormRejection>,
) -> Result<impl IntoResponse, Refused> {
    let Form(form) = form?;
    if form.client_id != CLIENT_ID {
        return Err(Refused::Device(DeviceError::InvalidRequest));
    }
    app.limits
        .device_code(via.client)
        .map_err(|wait| slow_down("Too many sign-ins were begun from here.", wait))?;
    let begun = service::begin(&app, &form.name).await?;
    let shown = device::show(&begun.user_code);
    let body = DeviceAuthorization {
        device_code: begun.secret.reveal().to_owned(),
        verification_uri: format!("{}/device", base.as_str()),
        verification_uri_complete: format!("{}/device?code={shown}", base.as_str()),
        user_code: shown,
        expires_in: LIFETIME.as_secs(),
        interval: INTERVAL.as_secs(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(body)))
}

fn slow_down(what: &str, wait: Duration) -> Refused {
    Refused::Other(ApiError::too_many(what, wait))
}

/// Asks whether the person said yes; the token is given once.
#[utoipa::path(post, path = "/api/device/token", tag = "device", request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = DeviceToken), (status = 400, body = DeviceRefusal)))]
pub async fn device_token(
    State(app): State<App>,
    via: Via,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Result<impl IntoResponse, Refused> {
    let Form(form) = form?;
    if form.grant_type != DEVICE_GRANT {
        return Err(Refused::Device(DeviceError::UnsupportedGrantType));
    }
    if form.client_id != CLIENT_ID {
        return Err(Refused::Device(DeviceError::InvalidRequest));
    }
    app.limits
        .polls(via.client)
        .map_err(|wait| slow_down("Too many sign-ins wait here.", wait))?;
    let secret = Secret::from_text(&form.device_code);
    let error = match service::poll(&app, &app.limits, &secret).await? {
        Poll::Token(secret) => {
            let body = DeviceToken {
                access_token: secret.reveal().to_owned(),
                token_type: "Bearer".to_owned(),
            };
            return Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(body)));
        }
        Poll::Pending => DeviceError::AuthorizationPending,
        Poll::TooSoon => DeviceError::SlowDown,
        Poll::Denied => DeviceError::AccessDenied,
        Poll::Expired => DeviceError::ExpiredToken,
    };
    Err(Refused::Device(error))
}

/// A sign-in as the person sees it before saying yes.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceRequest {
    /// Of the machine that asks.
    name: String,
    created_at: Timestamp,
    state: DeviceRequestState,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceRequestState {
    Pending,
    Approved,
    Denied,
}

/// Which machine asks under this code.
#[utoipa::path(get, path = "/api/device/{user_code}", tag = "device", params(("user_code" = String, Path,)),
    responses((status = 200, body = DeviceRequest), (status = 404, description = "No such code, or it has run out", body = aside_protocol::problem::Problem, content_type = "application/problem+json")))]
pub async fn get_device(
    State(app): State<App>,
    _: Member,
    Path(typed): Path<String>,
) -> ApiResult<Json<DeviceRequest>> {
    let code = service::find(&app, &typed)
        .await?
        .ok_or_else(code_not_found)?;
    let state = match code.state {
        DeviceState::Pending => DeviceRequestState::Pending,
        DeviceState::Approved(_) => DeviceRequestState::Approved,
        DeviceState::Denied => DeviceRequestState::Denied,
    };
    Ok(Json(DeviceRequest {
        name: code.client_name,
        created_at: code.created_at,
        state,
    }))
}

/// Says yes: the machine gets a token of this person.
#[utoipa::path(post, path = "/api/device/{user_code}/approve", tag = "device", params(("user_code" = String, Path,)), responses((status = 204)))]
pub async fn approve_device(
    State(app): State<App>,
    member: Member,
    Path(typed): Path<String>,
) -> ApiResult<StatusCode> {
    decide(&app, &typed, Some(&member)).await
}

/// Says no.
#[utoipa::path(post, path = "/api/device/{user_code}/deny", tag = "device", params(("user_code" = String, Path,)), responses((status = 204)))]
pub async fn deny_device(
    State(app): State<App>,
    _: Member,
    Path(typed): Path<String>,
) -> ApiResult<StatusCode> {
    decide(&app, &typed, None).await
}

async fn decide(app: &App, typed: &str, approved_by: Option<&Member>) -> ApiResult<StatusCode> {
    let open = service::decide(app, typed, approved_by.map(|m| m.user.id)).await?;
    if open {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(code_not_found())
    }
}

fn code_not_found() -> ApiError {
    ApiError::not_found().detail("This code is not waiting for an answer: it has run out, was mistyped, or was answered already. Start again on the other machine.")
}

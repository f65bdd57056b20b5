//! `/api/me/passkeys`: one's own passkeys.

use aside_protocol::problem::ProblemCode;
use aside_protocol::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::proof::{ReadProof, ShownProof, means};
use super::wire::{MadeBytes, PasskeyCreation, PasskeyRegistration, PasskeyRequest, passkey_id};
use crate::app::App;
use crate::domain::passkey::{Passkey, PasskeyRefusal, Site};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member, Path};
use crate::http::forwarded::Via;
use crate::http::{ApiError, ApiResult};
use crate::service::factors::{self as service, FactorError};

/// A passkey of one's own
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyInfo {
    /// By which its device knows it, in base64url.
    id: String,
    name: String,
    created_at: Timestamp,
    #[schema(required)]
    last_used_at: Option<Timestamp>,
    /// It may be on several devices of its person.
    shared: bool,
    /// Where it counts: a server that is reached by another name does not see it.
    domain: String,
}

impl From<Passkey> for PasskeyInfo {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: URL_SAFE_NO_PAD.encode(&passkey.key.id),
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            shared: passkey.key.backup_eligible,
            domain: passkey.rp_id,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskeyName {
    /// 1 to 80 characters.
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MadePasskey {
    /// 1 to 80 characters.
    name: String,
    credential: PasskeyRegistration,
}

/// Codes for when a second factor is lost; shown this once
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Empty: those that one has still count.
    codes: Vec<String>,
}

impl From<Vec<String>> for RecoveryCodes {
    fn from(codes: Vec<String>) -> Self {
        Self { codes }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRemoval {
    /// Also where the password alone signs in then.
    #[serde(default)]
    turns_off: bool,
    proof: ShownProof,
}

/// Asks for a passkey of one's own, as a proof
#[utoipa::path(post, path = "/api/me/passkeys/question", tag = "account",
    responses((status = 200, body = PasskeyRequest), (status = 404, description = "one has none here")))]
pub async fn ask_passkey(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
) -> ApiResult<Json<PasskeyRequest>> {
    let site = Site::of(base.as_str()).map_err(FactorError::from)?;
    let asked = service::question(&app, member.user.id, &site).await?;
    Ok(Json(PasskeyRequest::of(asked, &site)))
}

/// Begins to make a passkey
#[utoipa::path(post, path = "/api/me/passkeys", tag = "account", request_body = ShownProof,
    responses((status = 200, body = PasskeyCreation), (status = 401, description = "`bad_credentials`, `second_factor_needed`"), (status = 422), (status = 429)))]
pub async fn begin_passkey(
    State(app): State<App>,
    member: Member,
    (via, base): (Via, BaseUrl),
    Json(shown): Json<ShownProof>,
) -> ApiResult<Json<PasskeyCreation>> {
    let site = Site::of(base.as_str());
    let shown = ReadProof::of(shown).map_err(FactorError::from)?;
    let means = means(&app, &site, via.client);
    let making = service::begin_adding(&app, means, &member, shown.proof()).await?;
    let site = site.map_err(FactorError::from)?;
    Ok(Json(PasskeyCreation::of(making, &site, &member.user)))
}

/// Keeps the passkey that a browser made
#[utoipa::path(post, path = "/api/me/passkeys/confirm", tag = "account", request_body = MadePasskey,
    responses((status = 200, body = RecoveryCodes), (status = 422)))]
pub async fn confirm_passkey(
    State(app): State<App>,
    member: Member,
    base: BaseUrl,
    Json(made): Json<MadePasskey>,
) -> ApiResult<Json<RecoveryCodes>> {
    let site = Site::of(base.as_str()).map_err(FactorError::from)?;
    let bytes = MadeBytes::of(made.credential).map_err(FactorError::from)?;
    let codes = service::add(&app, &member, &site, bytes.read(&made.name)).await?;
    Ok(Json(codes.into()))
}

/// Gives a passkey another name
#[utoipa::path(patch, path = "/api/me/passkeys/{id}", tag = "account", params(("id" = String, Path,)), request_body = NewPasskeyName,
    responses((status = 204), (status = 404), (status = 422)))]
pub async fn rename_passkey(
    State(app): State<App>,
    member: Member,
    Path(id): Path<String>,
    Json(wanted): Json<NewPasskeyName>,
) -> ApiResult<StatusCode> {
    service::rename(&app, &member, &passkey_id(&id)?, &wanted.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a passkey away
#[utoipa::path(post, path = "/api/me/passkeys/{id}/remove", tag = "account", params(("id" = String, Path,)), request_body = PasskeyRemoval,
    responses((status = 204), (status = 401, description = "`second_factor_needed`"), (status = 404), (status = 422, description = "`turns_off` has to be said of the last one"), (status = 429)))]
pub async fn remove_passkey(
    State(app): State<App>,
    member: Member,
    (via, base): (Via, BaseUrl),
    Path(id): Path<String>,
    Json(wanted): Json<PasskeyRemoval>,
) -> ApiResult<StatusCode> {
    let site = Site::of(base.as_str());
    let shown = ReadProof::of(wanted.proof).map_err(FactorError::from)?;
    let means = means(&app, &site, via.client);
    let id = passkey_id(&id)?;
    let which = (id.as_slice(), wanted.turns_off);
    service::remove(&app, means, &member, which, shown.proof()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<FactorError> for ApiError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::WrongCode | FactorError::On | FactorError::Off => {
                Self::invalid("code", error)
            }
            FactorError::Needed => Self::new(ProblemCode::SecondFactorNeeded).detail(error),
            FactorError::TooMany(wait) => Self::new(ProblemCode::TooManyRequests)
                .detail(format!(
                    "Too many codes were tried. Try again in {} s.",
                    wait.as_secs() + 1
                ))
                .retry_after(wait.as_secs() + 1),
            FactorError::Refused(_)
            | FactorError::Unasked
            | FactorError::Known
            | FactorError::Most => Self::invalid("passkey", error),
            FactorError::Last => Self::invalid("turns_off", error),
            FactorError::Gone => Self::not_found().detail(error),
            FactorError::Name(cause) => Self::invalid("name", cause),
            FactorError::Password(cause) => cause.into(),
            FactorError::Store(cause) => cause.into(),
        }
    }
}

impl From<PasskeyRefusal> for ApiError {
    fn from(refusal: PasskeyRefusal) -> Self {
        FactorError::from(refusal).into()
    }
}

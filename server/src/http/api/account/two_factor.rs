//! `/api/me/two-factor`: codes of an authenticator app.

use axum::extract::State;
use axum::http::StatusCode;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::passkey::Site;
use crate::http::ApiResult;
use crate::http::api::passkey::{PasskeyInfo, ReadProof, RecoveryCodes, ShownProof, means};
use crate::http::base_url::BaseUrl;
use crate::http::extract::{Json, Member};
use crate::http::forwarded::Via;
use crate::service::factors as service;

/// What one has beside the password
#[derive(Debug, Serialize, ToSchema)]
pub struct TwoFactor {
    /// An authenticator app.
    on: bool,
    /// The oldest first.
    passkeys: Vec<PasskeyInfo>,
    /// Codes for when a second factor is lost that were not used yet.
    recovery_codes: i64,
}

/// A secret that one's app is to know; it counts once a code of it was typed.
#[derive(Serialize, ToSchema)]
pub struct TwoFactorBegun {
    /// As people type it (base 32).
    secret: String,
    /// As apps open it (`otpauth://`).
    url: String,
    /// The same as a QR code: black where this path of an SVG is, on a square of `qr_size` units.
    qr_path: String,
    qr_size: i32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TwoFactorCode {
    /// Of the app.
    code: String,
}

/// What one has beside the password
#[utoipa::path(get, path = "/api/me/two-factor", tag = "account", responses((status = 200, body = TwoFactor)))]
pub async fn get_two_factor(State(app): State<App>, member: Member) -> ApiResult<Json<TwoFactor>> {
    let standing = service::standing(&app, member.user.id).await?;
    Ok(Json(TwoFactor {
        on: standing.app,
        passkeys: standing
            .passkeys
            .into_iter()
            .map(PasskeyInfo::from)
            .collect(),
        recovery_codes: standing.recovery_codes,
    }))
}

/// Makes a secret for one's app
#[utoipa::path(post, path = "/api/me/two-factor", tag = "account", request_body = ShownProof,
    responses((status = 200, body = TwoFactorBegun), (status = 401, description = "`bad_credentials`, `second_factor_needed`"), (status = 422, description = "it is on already"), (status = 429)))]
pub async fn begin_two_factor(
    State(app): State<App>,
    member: Member,
    (via, base): (Via, BaseUrl),
    Json(shown): Json<ShownProof>,
) -> ApiResult<Json<TwoFactorBegun>> {
    let server = base.as_str().split("://").nth(1).unwrap_or("Aside");
    let (site, shown) = (Site::of(base.as_str()), ReadProof::of(shown)?);
    let means = means(&app, &site, via.client);
    let begun = service::begin(&app, means, &member, shown.proof(), server).await?;
    let (qr_path, qr_size) = picture(&begun.url);
    Ok(Json(TwoFactorBegun {
        secret: begun.secret,
        url: begun.url,
        qr_path,
        qr_size,
    }))
}

/// With the margin of four units that readers need (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// A QR code as the path of an SVG, and the side of its square. Empty for what fits into none, which no address here does.
fn picture(text: &str) -> (String, i32) {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else {
        return (String::new(), 1);
    };
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN));
        }
    }
    (path, code.size() + 2 * MARGIN)
}

/// Turns it on, by the first code of one's app
#[utoipa::path(post, path = "/api/me/two-factor/confirm", tag = "account", request_body = TwoFactorCode,
    responses((status = 200, body = RecoveryCodes), (status = 422, description = "the code is wrong"), (status = 429)))]
pub async fn confirm_two_factor(
    State(app): State<App>,
    member: Member,
    Json(typed): Json<TwoFactorCode>,
) -> ApiResult<Json<RecoveryCodes>> {
    let codes = service::confirm(&app, &app.limits, &member, &typed.code).await?;
    Ok(Json(codes.into()))
}

/// Makes new recovery codes; those before count no more
#[utoipa::path(post, path = "/api/me/two-factor/recovery-codes", tag = "account", request_body = ShownProof,
    responses((status = 200, body = RecoveryCodes), (status = 422, description = "the code is wrong"), (status = 429)))]
pub async fn new_recovery_codes(
    State(app): State<App>,
    member: Member,
    (via, base): (Via, BaseUrl),
    Json(shown): Json<ShownProof>,
) -> ApiResult<Json<RecoveryCodes>> {
    let (site, shown) = (Site::of(base.as_str()), ReadProof::of(shown)?);
    let means = means(&app, &site, via.client);
    let codes = service::new_codes(&app, means, &member, shown.proof()).await?;
    Ok(Json(codes.into()))
}

/// Turns it off
#[utoipa::path(post, path = "/api/me/two-factor/off", tag = "account", request_body = ShownProof,
    responses((status = 204), (status = 422, description = "the code is wrong"), (status = 429)))]
pub async fn turn_off_two_factor(
    State(app): State<App>,
    member: Member,
    (via, base): (Via, BaseUrl),
    Json(shown): Json<ShownProof>,
) -> ApiResult<StatusCode> {
    let (site, shown) = (Site::of(base.as_str()), ReadProof::of(shown)?);
    let means = means(&app, &site, via.client);
    service::turn_off(&app, means, &member, shown.proof()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_its_three_corners_and_a_margin() {
        let (path, size) = picture("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            size > 29 && path.starts_with("M4 4h1v1h-1z"),
            "{size} {path:.40}"
        );
        let far = size - MARGIN - 1;
        for corner in [format!("M{far} 4h"), format!("M4 {far}h")] {
            assert!(path.contains(&corner), "{corner}");
        }
    }
}

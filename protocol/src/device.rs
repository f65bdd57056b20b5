//! The recorder's sign-in: the device authorization grant (RFC 8628). Field names, grant type and
//! error words are the RFC's, so that any OAuth client library can speak it.

use serde::{Deserialize, Serialize};

/// `grant_type` of the token request (RFC 8628 §3.4).
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Answer to `POST /api/device/authorize` (RFC 8628 §3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceAuthorization {
    pub device_code: String,
    /// Eight consonants in two groups, such as `BCDF-GHJK`.
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    /// Seconds until both codes are void.
    pub expires_in: u64,
    /// Seconds to wait between two polls.
    pub interval: u64,
}

/// Answer to `POST /api/device/token` once the person said yes (RFC 6749 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceToken {
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
}

/// Why there is no token (yet) (RFC 8628 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeviceError {
    AuthorizationPending,
    SlowDown,
    AccessDenied,
    ExpiredToken,
    InvalidRequest,
    UnsupportedGrantType,
}

/// The envelope of [`DeviceError`], with status 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceRefusal {
    pub error: DeviceError,
}

//! Errors on the wire: problems of RFC 9457 with a stable code. Programs branch on the code,
//! people read `detail`. Codes are only ever added.

use serde::{Deserialize, Serialize};

use crate::upload::TrackRanges;

// `tt` and not `literal`: a literal is handed on as one sealed piece, in which the derive of the API's
// description does not see the text.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:tt, $status:literal, $title:literal;)*) => {
        /// What went wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// A code this program is too old to know.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ProblemCode {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Unknown => "unknown" }
            }
            /// The HTTP status this code travels with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Unknown => 500 }
            }
            /// One short sentence that never varies with the occasion.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* Self::Unknown => "Something went wrong" }
            }
        }
    };
}

codes! {
    BadRequest = "bad_request", 400, "The request could not be read";
    DigestMissing = "digest_missing", 400, "A part needs a Content-Digest with sha-256";
    DigestMismatch = "digest_mismatch", 400, "The bytes do not match their digest";
    BodyIncomplete = "body_incomplete", 400, "The body ended before its announced length";
    Unauthenticated = "unauthenticated", 401, "Sign in first";
    BadCredentials = "bad_credentials", 401, "E-mail or password is wrong";
    SecondFactorNeeded = "second_factor_needed", 401, "A second proof is needed as well: a code of your app, a recovery code or a passkey";
    Forbidden = "forbidden", 403, "You may not do this";
    MayNotRecord = "may_not_record", 403, "This account may watch and comment, but not record";
    InsufficientScope = "insufficient_scope", 403, "This token may not do this";
    PasswordNeeded = "password_needed", 403, "This recording asks for a password";
    CrossSite = "cross_site", 403, "This request came from another site";
    LinkExpired = "link_expired", 403, "This media link has expired";
    NotFound = "not_found", 404, "There is nothing here";
    MethodNotAllowed = "method_not_allowed", 405, "This address does not take that method";
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive";
    /// The same id, part or name is taken by something else.
    RecordingConflict = "recording_conflict", 409, "This recording exists with other contents";
    PartConflict = "part_conflict", 409, "This part exists with other bytes";
    InitConflict = "init_conflict", 409, "This version of the init exists with other bytes";
    /// The part belongs to a version that the server does not have: send the init, then the part again.
    InitUnknown = "init_unknown", 409, "The init of this part has not arrived";
    PartsMissing = "parts_missing", 409, "Some parts have not arrived";
    AlreadyFinished = "already_finished", 409, "This recording is finished";
    NotFinished = "not_finished", 409, "This recording is still being made";
    /// The first request with this Idempotency-Key has not been answered.
    KeyInUse = "idempotency_key_in_use", 409, "A request with this key is not answered yet";
    AlreadySetUp = "already_set_up", 409, "This server has an owner already";
    NoMail = "no_mail", 409, "This server sends no mail";
    Gone = "gone", 410, "This was deleted";
    LinkUsed = "link_used", 410, "This link was used, or has run out";
    LengthRequired = "length_required", 411, "Say how long the body is";
    VersionConflict = "version_conflict", 412, "Somebody else changed this meanwhile";
    TooLarge = "too_large", 413, "This is larger than the server takes";
    UnsupportedMediaType = "unsupported_media_type", 415, "The server does not take this kind of body";
    RangeNotSatisfiable = "range_not_satisfiable", 416, "The range lies outside the media";
    NotCmaf = "not_cmaf", 422, "The part is not a CMAF chunk of its track";
    Invalid = "invalid", 422, "Something in the request is not valid";
    KeyReused = "idempotency_key_reused", 422, "This key belongs to another request";
    TooManyRequests = "too_many_requests", 429, "Too many tries; wait a little";
    Internal = "internal", 500, "Something went wrong on the server";
    PartLost = "part_lost", 503, "This part is missing on the server";
    Unavailable = "unavailable", 503, "The server is not ready";
    StorageFull = "storage_full", 507, "The server has no space left";
}

/// The one error envelope (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `about:blank`: the code says it all (RFC 9457 §4.2.1).
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened this time, what is safe, what to do: for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub code: ProblemCode,
    /// With `parts_missing`: what the server still lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<TrackRanges>,
    /// With `invalid`: the field that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// With `insufficient_scope`: the scope that the token would need; none where no scope is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Problem {
    pub fn new(code: ProblemCode) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: code.title().to_owned(),
            status: code.status(),
            detail: None,
            code,
            missing: Vec::new(),
            field: None,
            scope: None,
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_from_a_newer_server_is_read_as_unknown() {
        let code: ProblemCode = serde_json::from_str("\"quantum_flux\"").unwrap();
        assert_eq!(code, ProblemCode::Unknown);
    }

    #[test]
    fn every_code_is_written_as_it_is_named() {
        for code in ProblemCode::ALL {
            let text = serde_json::to_string(code).unwrap();
            assert_eq!(text, format!("\"{}\"", code.as_str()));
            assert_eq!(serde_json::from_str::<ProblemCode>(&text).unwrap(), *code);
            assert!((400..600).contains(&code.status()));
        }
    }
}

//! The shapes of Web Authentication Level 3 (§5.1.8 to §5.1.10), as far as they are used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::account::User;
use crate::domain::passkey::{
    ALGORITHMS, CEREMONY_TIMEOUT, LONGEST_ID, Passkey, PasskeyRefusal, Site,
};
use crate::http::ApiError;
use crate::service::factors::{ByPasskey, Made, Making};

const KIND: &str = "public-key";
/// Bytes of what browsers send; what they really send is a tenth of it.
const LONGEST: usize = 32 * 1024;

/// A passkey by which a device may answer, or of which it makes no second one
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyDescriptor {
    /// Base64url, as all bytes here.
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    transports: Vec<String>,
}

impl From<&Passkey> for PasskeyDescriptor {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: URL_SAFE_NO_PAD.encode(&passkey.key.id),
            kind: KIND,
            transports: passkey.transports.clone(),
        }
    }
}

fn milliseconds() -> u64 {
    CEREMONY_TIMEOUT.as_secs() * 1000
}

/// What a browser is asked for a passkey by: `PublicKeyCredentialRequestOptionsJSON`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRequest {
    challenge: String,
    /// Milliseconds.
    timeout: u64,
    rp_id: String,
    /// Empty: any of this server.
    allow_credentials: Vec<PasskeyDescriptor>,
    user_verification: &'static str,
}

impl PasskeyRequest {
    pub(super) fn of(asked: Making, site: &Site) -> Self {
        Self {
            challenge: asked.challenge,
            timeout: milliseconds(),
            rp_id: site.rp_id().to_owned(),
            allow_credentials: asked.others.iter().map(PasskeyDescriptor::from).collect(),
            user_verification: "required",
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeySite {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyPerson {
    id: String,
    name: String,
    display_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyAlgorithm {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Of the registry of COSE.
    alg: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySelection {
    resident_key: &'static str,
    user_verification: &'static str,
}

/// What a browser makes a passkey by: `PublicKeyCredentialCreationOptionsJSON`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyCreation {
    rp: PasskeySite,
    user: PasskeyPerson,
    challenge: String,
    pub_key_cred_params: Vec<PasskeyAlgorithm>,
    /// Milliseconds.
    timeout: u64,
    exclude_credentials: Vec<PasskeyDescriptor>,
    authenticator_selection: PasskeySelection,
    attestation: &'static str,
}

impl PasskeyCreation {
    pub(super) fn of(making: Making, site: &Site, user: &User) -> Self {
        let id = site.rp_id().to_owned();
        Self {
            rp: PasskeySite {
                name: format!("Aside on {id}"),
                id,
            },
            user: PasskeyPerson {
                id: URL_SAFE_NO_PAD.encode(user.id.0.into_bytes()),
                name: user.email.as_str().to_owned(),
                display_name: user.name.clone(),
            },
            challenge: making.challenge,
            pub_key_cred_params: ALGORITHMS
                .iter()
                .map(|alg| PasskeyAlgorithm {
                    kind: KIND,
                    alg: *alg,
                })
                .collect(),
            timeout: milliseconds(),
            exclude_credentials: making.others.iter().map(PasskeyDescriptor::from).collect(),
            authenticator_selection: PasskeySelection {
                resident_key: "preferred",
                user_verification: "required",
            },
            attestation: "none",
        }
    }
}

/// What a browser made: `RegistrationResponseJSON`, as far as it is read
#[derive(Deserialize, ToSchema)]
pub struct PasskeyRegistration {
    response: PasskeyAttestation,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyAttestation {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// What a browser answers: `AuthenticationResponseJSON`, as far as it is read
#[derive(Deserialize, ToSchema)]
pub struct PasskeyAnswer {
    id: String,
    response: PasskeyAssertion,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyAssertion {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

/// The bytes of a text in base64url.
fn bytes(text: &str, longest: usize) -> Result<Vec<u8>, PasskeyRefusal> {
    // Four characters are three bytes.
    if text.len() / 4 > longest / 3 {
        return Err(PasskeyRefusal::Malformed);
    }
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| PasskeyRefusal::Malformed)
}

/// The id of a passkey in a path. What cannot be one is none that exists.
pub(super) fn passkey_id(text: &str) -> Result<Vec<u8>, ApiError> {
    bytes(text, LONGEST_ID).map_err(|_| ApiError::not_found())
}

/// The bytes of an answer.
pub(super) struct AnswerBytes {
    id: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Option<Vec<u8>>,
}

impl AnswerBytes {
    pub(super) fn of(answer: &PasskeyAnswer) -> Result<Self, PasskeyRefusal> {
        let response = &answer.response;
        let handle = response.user_handle.as_deref();
        Ok(Self {
            id: bytes(&answer.id, LONGEST_ID)?,
            client_data: bytes(&response.client_data, LONGEST)?,
            authenticator_data: bytes(&response.authenticator_data, LONGEST)?,
            signature: bytes(&response.signature, LONGEST)?,
            user_handle: handle.map(|it| bytes(it, LONGEST)).transpose()?,
        })
    }

    pub(super) fn read(&self) -> ByPasskey<'_> {
        ByPasskey {
            id: &self.id,
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
            user_handle: self.user_handle.as_deref(),
        }
    }
}

/// The bytes of what was made.
pub(super) struct MadeBytes {
    client_data: Vec<u8>,
    attestation_object: Vec<u8>,
    transports: Vec<String>,
}

impl MadeBytes {
    pub(super) fn of(made: PasskeyRegistration) -> Result<Self, PasskeyRefusal> {
        let response = made.response;
        Ok(Self {
            client_data: bytes(&response.client_data, LONGEST)?,
            attestation_object: bytes(&response.attestation_object, LONGEST)?,
            transports: response.transports,
        })
    }

    pub(super) fn read<'a>(&'a self, name: &'a str) -> Made<'a> {
        Made {
            client_data: &self.client_data,
            attestation_object: &self.attestation_object,
            transports: &self.transports,
            name,
        }
    }
}

//! What the browser says it was asked (§5.8.1), and by whom.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use super::refusal::PasskeyRefusal;

/// This server, as browsers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    origin: String,
    rp_id: String,
}

impl Site {
    /// Of the address by which the server is reached.
    ///
    /// # Errors
    /// [`PasskeyRefusal::NoName`] where that is a number: passkeys belong to a domain (§5.1.2, §4 "RP ID").
    pub fn of(base: &str) -> Result<Self, PasskeyRefusal> {
        let url = Url::parse(base).map_err(|_| PasskeyRefusal::NoName)?;
        match url.host() {
            Some(Host::Domain(name)) => Ok(Self {
                origin: url.origin().ascii_serialization(),
                rp_id: name.to_owned(),
            }),
            _ => Err(PasskeyRefusal::NoName),
        }
    }

    /// The domain that its passkeys belong to.
    pub fn rp_id(&self) -> &str {
        &self.rp_id
    }

    pub(super) fn rp_id_hash(&self) -> [u8; 32] {
        Sha256::digest(self.rp_id.as_bytes()).into()
    }
}

/// What a browser was asked for. The member `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    Register,
    Authenticate,
}

impl Ceremony {
    const fn kind(self) -> &'static str {
        match self {
            Self::Register => "webauthn.create",
            Self::Authenticate => "webauthn.get",
        }
    }
}

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin")]
    top_origin: Option<String>,
}

/// What a browser says it was asked, by this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientData {
    /// Base64url. Whether it was given out is for the caller to find out.
    pub challenge: String,
    /// Of the bytes as they came: what is signed.
    pub(super) hash: [u8; 32],
}

impl ClientData {
    /// Reads it. A page in a frame of another site is refused: nothing of this server asks there.
    ///
    /// # Errors
    /// [`PasskeyRefusal::Malformed`], [`PasskeyRefusal::OtherSite`].
    pub fn read(json: &[u8], ceremony: Ceremony, site: &Site) -> Result<Self, PasskeyRefusal> {
        let said: Said = serde_json::from_slice(json).map_err(|_| PasskeyRefusal::Malformed)?;
        if said.kind != ceremony.kind() {
            return Err(PasskeyRefusal::Malformed);
        }
        if said.origin != site.origin || said.cross_origin || said.top_origin.is_some() {
            return Err(PasskeyRefusal::OtherSite);
        }
        Ok(Self {
            challenge: said.challenge,
            hash: Sha256::digest(json).into(),
        })
    }
}

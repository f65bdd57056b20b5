//! Signatures after the Standard Webhooks specification: `v1,` and the base64 of an HMAC-SHA256 over `ID.TIMESTAMP.PAYLOAD`
//! ("Signature scheme"). Pure.

use std::fmt;
use std::time::Duration;

use aside_protocol::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::entropy::Entropy;

const PREFIX: &str = "whsec_";

/// So long messages are signed with the secret before as well.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// The bytes by which a receiver knows that a message is ours.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

impl SigningSecret {
    /// 32 bytes: the specification asks for 24 to 64.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let bytes: [u8; 32] = entropy.array();
        Self(bytes.to_vec())
    }

    /// `whsec_` and base64.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// One signature. `at`: seconds since 1970.
    pub fn sign(&self, id: &str, at: i64, payload: &[u8]) -> String {
        // A key of any length is one.
        let Ok(mut mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&self.0) else {
            return String::new();
        };
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(payload);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl Serialize for SigningSecret {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for SigningSecret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::from_text(&text).ok_or_else(|| serde::de::Error::custom("not a signing secret"))
    }
}

/// The secret of a destination, and the one before it while that still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    pub now: SigningSecret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub secret: SigningSecret,
    pub until: Timestamp,
}

impl Secrets {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self {
            now: SigningSecret::new(entropy),
            before: None,
        }
    }

    /// Another secret; the one of now counts for [`OVERLAP`] more.
    #[must_use]
    pub fn rotated(self, entropy: &dyn Entropy, now: Timestamp) -> Self {
        Self {
            now: SigningSecret::new(entropy),
            before: Some(Before {
                secret: self.now,
                until: now.plus(OVERLAP),
            }),
        }
    }

    /// The header `webhook-signature`: one signature, or two between which a space stands.
    pub fn header(&self, id: &str, now: Timestamp, payload: &[u8]) -> String {
        let at = now.micros() / 1_000_000;
        let signature = self.now.sign(id, at, payload);
        match &self.before {
            Some(before) if now < before.until => {
                format!("{signature} {}", before.secret.sign(id, at, payload))
            }
            _ => signature,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    /// The vector of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_the_reference() {
        let secret = SigningSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let payload = br#"{"test": 2432232314}"#;
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, payload),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(SigningSecret::from_text("whsec_AAAA"), None, "too short");
        assert_eq!(SigningSecret::from_text("MfKQ9r8G"), None);
    }

    #[test]
    fn for_a_day_a_message_bears_both_signatures() {
        let chance = SeededEntropy::new(1);
        let start = Timestamp::from_micros(1_767_225_600_000_000);
        let first = Secrets::new(&chance);
        let alone = first.header("m", start, b"x");
        assert!(!alone.contains(' '));
        let second = first.clone().rotated(&chance, start);
        let both = second.header("m", start, b"x");
        assert!(both.ends_with(&format!(" {alone}")), "{both}");
        let later = second.header("m", start.plus(OVERLAP), b"x");
        assert!(!later.contains(' ') && later != first.header("m", start.plus(OVERLAP), b"x"));
        let json = serde_json::to_string(&second).unwrap();
        assert_eq!(serde_json::from_str::<Secrets>(&json).unwrap(), second);
    }
}

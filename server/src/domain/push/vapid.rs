//! How a push service knows from whom a message is: a key of this server signs what is told (RFC 8292).

use std::time::Duration;

use aside_protocol::time::Timestamp;
use base64::Engine as _;
use ring::error::Unspecified;
use ring::rand::SecureRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use url::Url;

use super::BASE64;

/// A token counts for so long; the standard permits a day (RFC 8292 §2). Half of it leaves room for clocks that differ.
const COUNTS_FOR: Duration = Duration::from_secs(12 * 3600);

/// The key of this server: ES256 (RFC 7518 §3.4).
#[derive(Debug)]
pub struct VapidKey(EcdsaKeyPair);

impl VapidKey {
    /// A new key as text, to be kept: PKCS #8 in base64url.
    pub fn generate(random: &dyn SecureRandom) -> Result<String, Unspecified> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random)?;
        Ok(BASE64.encode(made.as_ref()))
    }

    /// Reads what was kept.
    pub fn read(text: &str, random: &dyn SecureRandom) -> Option<Self> {
        let kept = BASE64.decode(text).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &kept, random);
        pair.ok().map(Self)
    }

    /// As `applicationServerKey` of the Push API, and `k` of RFC 8292 §3.2.
    pub fn public(&self) -> String {
        BASE64.encode(self.0.public_key())
    }

    /// The field `Authorization` of a message to `endpoint` (RFC 8292 §3). `contact`: where the service's people find ours.
    pub fn authorization(
        &self,
        endpoint: &Url,
        contact: Option<&Url>,
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<String, Unspecified> {
        let until = now.plus(COUNTS_FOR).micros() / 1_000_000;
        let mut claims = json!({ "aud": endpoint.origin().ascii_serialization(), "exp": until });
        // Only addresses of mail and https are contacts (RFC 8292 §2.1).
        if let Some(contact) = contact.filter(|it| it.scheme() == "https") {
            claims["sub"] = contact.origin().ascii_serialization().into();
        }
        let head = BASE64.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", BASE64.encode(claims.to_string()));
        let signature = self.0.sign(random, signed.as_bytes())?;
        let signature = BASE64.encode(signature);
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public()))
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_token_names_its_service_counts_for_half_a_day_and_is_signed_by_the_key_beside_it() {
        let random = SystemRandom::new();
        let kept = VapidKey::generate(&random).unwrap();
        let key = VapidKey::read(&kept, &random).unwrap();
        let again = VapidKey::read(&kept, &random).unwrap();
        assert_eq!(key.public(), again.public());
        let endpoint = "https://push.example.net:8443/p/secret".parse().unwrap();
        let contact = "https://aside.test/".parse().unwrap();
        let now = Timestamp::from_micros(1_767_225_600_000_000);
        let field = key.authorization(&endpoint, Some(&contact), now, &random);
        let field = field.unwrap();
        let (token, shown) = field
            .strip_prefix("vapid t=")
            .and_then(|it| it.split_once(", k="))
            .unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public =
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, BASE64.decode(shown).unwrap());
        let signature = BASE64.decode(signature).unwrap();
        assert_eq!(signature.len(), 64);
        public.verify(signed.as_bytes(), &signature).unwrap();
        let (_, claims) = signed.split_once('.').unwrap();
        let claims: Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
        assert_eq!(
            claims,
            json!({ "aud": "https://push.example.net:8443", "exp": 1_767_225_600 + 43_200, "sub": "https://aside.test" })
        );
        assert!(!field.contains("secret"), "{field}");
        assert!(VapidKey::read("x", &random).is_none());
    }
}

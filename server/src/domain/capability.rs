//! Media links: a signed capability instead of a cookie, so that players, caches and buckets need
//! to know nobody. `base64url(recording ‖ expiry ‖ epoch ‖ download ‖ HMAC-SHA-256)`.
//!
//! The expiry is rounded up to a full hour, so that a link stays the same for a while and
//! caches are worth something. The share epoch it was given in is signed too: every change of the
//! audience raises it, so an old link ends then and never comes alive again.

use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

const ROUND: i64 = 3600;
/// Whole hours a capability lives at least.
const HOURS: i64 = 6;
const CLAIMS: usize = 16 + 8 + 8 + 1;
const LENGTH: usize = CLAIMS + 32;
/// So that no other signature made with the same key can pass for one of these.
const DOMAIN: &[u8] = b"aside media capability 3\0";

/// What a media link permits: to read the media of one recording for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    pub recording: RecordingId,
    /// Whole seconds.
    pub expires_at: Timestamp,
    /// Of the recording when the link was given.
    pub epoch: i64,
    /// Whether it opens the file for download too.
    pub download: bool,
}

/// Why a capability is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    #[error("This is not a media link of this server.")]
    Forged,
    #[error("This media link has expired. Reload the page to go on watching.")]
    Expired,
}

impl Capability {
    /// A capability for now and the next hours, but not longer than to `ends_at`.
    pub fn new(
        recording: RecordingId,
        epoch: i64,
        download: bool,
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let hour = now.micros().div_euclid(1_000_000).div_euclid(ROUND);
        let expires_at = Timestamp::from_micros((hour + 1 + HOURS) * ROUND * 1_000_000);
        // Whole seconds, as they are signed.
        let ends_at = ends_at
            .map(|end| Timestamp::from_micros(end.micros().div_euclid(1_000_000) * 1_000_000));
        Self {
            recording,
            expires_at: ends_at.map_or(expires_at, |end| end.min(expires_at)),
            epoch,
            download,
        }
    }

    /// How long it still permits anything.
    pub fn remaining(&self, now: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.expires_at.micros() - now.micros()).unwrap_or(0))
    }

    fn claims(&self) -> [u8; CLAIMS] {
        let mut out = [0; CLAIMS];
        out[..16].copy_from_slice(self.recording.0.as_bytes());
        out[16..24].copy_from_slice(&self.expires_at.micros().div_euclid(1_000_000).to_be_bytes());
        out[24..32].copy_from_slice(&self.epoch.to_be_bytes());
        out[32] = u8::from(self.download);
        out
    }
}

/// Proves that somebody knew the password of a recording. It is worth nothing once another password is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub recording: RecordingId,
    /// Which of its passwords.
    pub password: i64,
    /// Whole seconds.
    pub expires_at: Timestamp,
}

impl Pass {
    /// How long a password is not asked for again.
    pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
    const CLAIMS: usize = 16 + 8 + 8;
    const DOMAIN: &[u8] = b"aside password pass 1\0";

    /// For now and the next days.
    pub fn new(recording: RecordingId, password: i64, now: Timestamp) -> Self {
        let seconds = now.plus(Self::LIFETIME).micros().div_euclid(1_000_000);
        Self {
            recording,
            password,
            expires_at: Timestamp::from_micros(seconds * 1_000_000),
        }
    }

    fn claims(&self) -> [u8; Self::CLAIMS] {
        let mut out = [0; Self::CLAIMS];
        out[..16].copy_from_slice(self.recording.0.as_bytes());
        out[16..24].copy_from_slice(&self.password.to_be_bytes());
        let seconds = self.expires_at.micros().div_euclid(1_000_000);
        out[24..].copy_from_slice(&seconds.to_be_bytes());
        out
    }

    fn read(claims: &[u8]) -> Option<Self> {
        let number = |range| {
            Some(i64::from_be_bytes(
                claims
                    .get::<std::ops::Range<usize>>(range)?
                    .try_into()
                    .ok()?,
            ))
        };
        Some(Self {
            recording: RecordingId(Uuid::from_slice(claims.get(..16)?).ok()?),
            password: number(16..24)?,
            expires_at: Timestamp::from_micros(number(24..32)?.saturating_mul(1_000_000)),
        })
    }
}

/// The key that signs media links; one a server, kept in its database.
#[derive(Clone)]
pub struct MediaKey([u8; 32]);

impl std::fmt::Debug for MediaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MediaKey(…)")
    }
}

impl MediaKey {
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As kept in the database.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads what [`MediaKey::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Tells this database from others, and nothing about the key. Part of the names of cookies:
    /// browsers do not keep cookies of two ports of a host apart (RFC 6265 §8.5).
    pub fn tag(&self) -> String {
        use sha2::Digest as _;
        let digest = Sha256::new()
            .chain_update(b"aside cookie name 1\0")
            .chain_update(self.0)
            .finalize();
        hex::encode(&digest[..4])
    }

    /// The path segment that carries `capability`.
    pub fn sign(&self, capability: &Capability) -> String {
        let claims = capability.claims();
        let mut out = Vec::with_capacity(LENGTH);
        out.extend_from_slice(&claims);
        out.extend_from_slice(&self.mac(&claims).finalize().into_bytes());
        URL_SAFE_NO_PAD.encode(out)
    }

    /// Reads a path segment. The signature is compared in constant time.
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Capability, CapabilityError> {
        let forged = CapabilityError::Forged;
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|b| b.try_into().ok())
            .ok_or(forged)?;
        let (claims, signature) = bytes.split_at(CLAIMS);
        self.mac(claims)
            .verify_slice(signature)
            .map_err(|_| forged)?;
        let recording = Uuid::from_slice(&claims[..16])
            .map(RecordingId)
            .map_err(|_| forged)?;
        let seconds = i64::from_be_bytes(claims[16..24].try_into().map_err(|_| forged)?);
        let expires_at = Timestamp::from_micros(seconds.saturating_mul(1_000_000));
        let epoch = i64::from_be_bytes(claims[24..32].try_into().map_err(|_| forged)?);
        if now >= expires_at {
            return Err(CapabilityError::Expired);
        }
        Ok(Capability {
            recording,
            expires_at,
            epoch,
            download: claims[32] == 1,
        })
    }

    /// The text of a cookie that carries `pass`.
    pub fn sign_pass(&self, pass: &Pass) -> String {
        let claims = pass.claims();
        let mut out = Vec::with_capacity(Pass::CLAIMS + 32);
        out.extend_from_slice(&claims);
        out.extend_from_slice(&self.mac_for(Pass::DOMAIN, &claims).finalize().into_bytes());
        URL_SAFE_NO_PAD.encode(out)
    }

    /// Reads the text of a cookie; none where it is no pass of this server, or has run out.
    pub fn verify_pass(&self, text: &str, now: Timestamp) -> Option<Pass> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (claims, signature) = bytes.split_at_checked(Pass::CLAIMS)?;
        let mac = self.mac_for(Pass::DOMAIN, claims);
        mac.verify_slice(signature).ok()?;
        let pass = Pass::read(claims)?;
        (now < pass.expires_at).then_some(pass)
    }

    /// A signature of something else, under a name of its own.
    pub(super) fn tag_of(&self, domain: &[u8], claims: &[u8]) -> [u8; 32] {
        self.mac_for(domain, claims).finalize().into_bytes().into()
    }

    /// Whether it is that signature; compared in constant time.
    pub(super) fn is_tag_of(&self, domain: &[u8], claims: &[u8], tag: &[u8]) -> bool {
        self.mac_for(domain, claims).verify_slice(tag).is_ok()
    }

    /// Whether it is the beginning of that signature; compared in constant time.
    pub(super) fn is_short_tag_of(&self, domain: &[u8], claims: &[u8], tag: &[u8]) -> bool {
        self.mac_for(domain, claims)
            .verify_truncated_left(tag)
            .is_ok()
    }

    fn mac(&self, claims: &[u8]) -> Hmac<Sha256> {
        self.mac_for(DOMAIN, claims)
    }

    fn mac_for(&self, domain: &[u8], claims: &[u8]) -> Hmac<Sha256> {
        #[expect(
            clippy::expect_used,
            reason = "HMAC takes keys of any length (RFC 2104 §2)"
        )]
        let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&self.0).expect("any key length");
        mac.update(domain);
        mac.update(claims);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: MediaKey = MediaKey::new([7; 32]);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn capability(now: Timestamp) -> Capability {
        Capability::new(RecordingId::new(at(5), [3; 10]), 0, true, None, now)
    }

    #[test]
    fn a_link_is_the_same_for_an_hour_and_lives_for_six_at_least() {
        let text = KEY.sign(&capability(at(7200)));
        assert_eq!(text, KEY.sign(&capability(at(10_799))));
        assert_ne!(text, KEY.sign(&capability(at(10_800))));
        assert!(capability(at(10_799)).remaining(at(10_799)) >= Duration::from_secs(6 * 3600));
        assert_eq!(KEY.verify(&text, at(10_799)), Ok(capability(at(7200))));
    }

    #[test]
    fn a_link_runs_out_to_the_second() {
        let it = capability(at(0));
        let text = KEY.sign(&it);
        assert!(
            KEY.verify(&text, it.expires_at.minus(Duration::from_micros(1)))
                .is_ok()
        );
        assert_eq!(
            KEY.verify(&text, it.expires_at),
            Err(CapabilityError::Expired)
        );
    }

    #[test]
    fn a_link_ends_with_the_sharing_and_says_whether_it_opens_the_file() {
        let recording = RecordingId::new(at(5), [3; 10]);
        let end = Timestamp::from_micros(9_000_500_000);
        let it = Capability::new(recording, 0, false, Some(end), at(0));
        assert_eq!(it.expires_at, at(9000));
        assert_eq!(KEY.verify(&KEY.sign(&it), at(8999)), Ok(it));
        assert_eq!(
            KEY.verify(&KEY.sign(&it), at(9000)),
            Err(CapabilityError::Expired)
        );
    }

    #[test]
    fn a_pass_is_no_link_runs_out_and_cannot_be_made_up() {
        let pass = Pass::new(RecordingId::new(at(5), [3; 10]), 2, at(0));
        let text = KEY.sign_pass(&pass);
        assert_eq!(KEY.verify_pass(&text, at(0)), Some(pass));
        assert_eq!(KEY.verify_pass(&text, pass.expires_at), None);
        assert_eq!(KEY.verify(&text, at(0)), Err(CapabilityError::Forged));
        assert_eq!(KEY.verify_pass(&KEY.sign(&capability(at(0))), at(0)), None);
        assert_eq!(MediaKey::new([8; 32]).verify_pass(&text, at(0)), None);
        assert_eq!(KEY.verify_pass("", at(0)), None);
    }

    #[test]
    fn the_key_is_read_back_and_never_printed() {
        assert_eq!(
            MediaKey::from_text(&KEY.to_text()).map(|k| k.0),
            Some([7; 32])
        );
        assert!(MediaKey::from_text("short").is_none());
        assert_eq!(format!("{KEY:?}"), "MediaKey(…)");
    }

    proptest! {
        #[test]
        fn a_link_with_one_changed_character_is_forged(place in 0_usize..87, other in "[A-Za-z0-9_-]") {
            let mut text = KEY.sign(&capability(at(0)));
            prop_assert_eq!(text.len(), 87);
            prop_assume!(text[place..=place] != other);
            text.replace_range(place..=place, &other);
            prop_assert_eq!(KEY.verify(&text, at(0)), Err(CapabilityError::Forged));
        }

        #[test]
        fn nothing_else_is_a_link(text in "\\PC{0,120}") {
            prop_assert_eq!(KEY.verify(&text, at(0)), Err(CapabilityError::Forged));
        }
    }

    #[test]
    fn another_server_signs_differently() {
        let text = MediaKey::new([8; 32]).sign(&capability(at(0)));
        assert_eq!(KEY.verify(&text, at(0)), Err(CapabilityError::Forged));
    }
}

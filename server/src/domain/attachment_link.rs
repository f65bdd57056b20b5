//! Addresses of files of comments: signed, for whoever may read the comment, so that whoever asks by one is asked for no cookie.
//! `base64url(recording ‖ file ‖ expiry ‖ epoch ‖ HMAC-SHA-256)`.

use aside_protocol::id::{AttachmentId, RecordingId};
use aside_protocol::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::capability::{Capability, CapabilityError, MediaKey};

const CLAIMS: usize = 16 + 16 + 8 + 8;
const DOMAIN: &[u8] = b"aside attachment link 1\0";

/// What such an address opens: one file of a recording, as long as `capability` opens its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentLink {
    pub capability: Capability,
    pub attachment: AttachmentId,
}

impl AttachmentLink {
    /// The path segment that carries it.
    pub fn sign(&self, key: &MediaKey) -> String {
        let seconds = self.capability.expires_at.micros().div_euclid(1_000_000);
        let mut out = Vec::with_capacity(CLAIMS + 32);
        out.extend_from_slice(self.capability.recording.0.as_bytes());
        out.extend_from_slice(self.attachment.0.as_bytes());
        out.extend_from_slice(&seconds.to_be_bytes());
        out.extend_from_slice(&self.capability.epoch.to_be_bytes());
        let tag = key.tag_of(DOMAIN, &out);
        out.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(out)
    }

    /// Reads a path segment.
    pub fn verify(key: &MediaKey, text: &str, now: Timestamp) -> Result<Self, CapabilityError> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (claims, tag) = bytes.split_at_checked(CLAIMS)?;
            if !key.is_tag_of(DOMAIN, claims, tag) {
                return None;
            }
            let id = |at: usize| Uuid::from_slice(claims.get(at..at + 16)?).ok();
            let number = |at: usize| {
                let bytes = claims.get(at..at + 8)?.try_into().ok()?;
                Some(i64::from_be_bytes(bytes))
            };
            Some(Self {
                capability: Capability {
                    recording: RecordingId(id(0)?),
                    expires_at: Timestamp::from_micros(number(32)?.saturating_mul(1_000_000)),
                    epoch: number(40)?,
                    download: false,
                },
                attachment: AttachmentId(id(16)?),
            })
        };
        let link = read().ok_or(CapabilityError::Forged)?;
        if now >= link.capability.expires_at {
            return Err(CapabilityError::Expired);
        }
        Ok(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: MediaKey = MediaKey::new([7; 32]);

    #[test]
    fn an_address_is_read_back_runs_out_and_cannot_be_made_up() {
        let now = Timestamp::from_micros(5_000_000);
        let recording = RecordingId::new(now, [3; 10]);
        let link = AttachmentLink {
            capability: Capability::new(recording, 4, false, None, now),
            attachment: AttachmentId::new(now, [4; 10]),
        };
        let text = link.sign(&KEY);
        assert_eq!(AttachmentLink::verify(&KEY, &text, now), Ok(link));
        let over = link.capability.expires_at;
        let expired = AttachmentLink::verify(&KEY, &text, over);
        assert_eq!(expired, Err(CapabilityError::Expired));
        let other = MediaKey::new([8; 32]);
        for forged in [
            AttachmentLink::verify(&other, &text, now),
            AttachmentLink::verify(&KEY, "", now),
            AttachmentLink::verify(&KEY, &KEY.sign(&link.capability), now),
        ] {
            assert_eq!(forged, Err(CapabilityError::Forged));
        }
        assert_eq!(KEY.verify(&text, now), Err(CapabilityError::Forged));
    }
}

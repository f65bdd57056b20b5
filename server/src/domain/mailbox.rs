//! A signed link that proves a mailbox: whoever has it reads the mails to that address. Pure.

use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::account::Email;
use super::capability::MediaKey;

/// How long the link can be followed.
pub const LINK_LIVES: Duration = Duration::from_secs(24 * 3600);
/// How long a browser that followed it is known by the address.
pub const PROOF_LIVES: Duration = Duration::from_secs(30 * 24 * 3600);
/// So that no other signature made with the same key can pass for one of these.
const DOMAIN: &[u8] = b"aside mailbox link 1\0";
const FIXED: usize = 16 + 8;
const MAC: usize = 32;

/// Whose mailbox it is, and which recording they asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxLink {
    pub recording: RecordingId,
    pub email: Email,
    /// Whole seconds.
    pub expires_at: Timestamp,
}

impl MailboxLink {
    pub fn new(recording: RecordingId, email: Email, now: Timestamp) -> Self {
        let seconds = now.plus(LINK_LIVES).micros().div_euclid(1_000_000);
        Self {
            recording,
            email,
            expires_at: Timestamp::from_micros(seconds * 1_000_000),
        }
    }

    /// The text behind the `#` of the link.
    pub fn sign(&self, key: &MediaKey) -> String {
        let mut out = self.recording.0.as_bytes().to_vec();
        let seconds = self.expires_at.micros().div_euclid(1_000_000);
        out.extend_from_slice(&seconds.to_be_bytes());
        out.extend_from_slice(self.email.as_str().as_bytes());
        let mac = key.tag_of(DOMAIN, &out);
        out.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(out)
    }

    /// Reads such a text; none where it is no link of this server, or has run out.
    pub fn verify(text: &str, key: &MediaKey, now: Timestamp) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (claims, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
        if !key.is_tag_of(DOMAIN, claims, mac) {
            return None;
        }
        let (fixed, email) = claims.split_at_checked(FIXED)?;
        let seconds = i64::from_be_bytes(fixed.get(16..)?.try_into().ok()?);
        let link = Self {
            recording: RecordingId(Uuid::from_slice(fixed.get(..16)?).ok()?),
            email: Email::from_stored(String::from_utf8(email.to_vec()).ok()?),
            expires_at: Timestamp::from_micros(seconds.saturating_mul(1_000_000)),
        };
        (now < link.expires_at).then_some(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::capability::Pass;

    const KEY: MediaKey = MediaKey::new([7; 32]);

    fn link() -> MailboxLink {
        let recording = RecordingId(Uuid::nil());
        let email = "é@example.org".parse().unwrap();
        MailboxLink::new(recording, email, Timestamp::from_micros(5_500_000))
    }

    #[test]
    fn a_link_proves_its_mailbox_for_a_day() {
        let (link, text) = (link(), link().sign(&KEY));
        assert_eq!(
            MailboxLink::verify(&text, &KEY, Timestamp::from_micros(0)),
            Some(link.clone())
        );
        assert_eq!(MailboxLink::verify(&text, &KEY, link.expires_at), None);
    }

    #[test]
    fn a_link_cannot_be_made_up_or_turned_to_another_mailbox() {
        let now = Timestamp::from_micros(0);
        let text = link().sign(&KEY);
        assert_eq!(
            MailboxLink::verify(&text, &MediaKey::new([8; 32]), now),
            None
        );
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for place in 0..bytes.len() {
            let mut other = bytes.clone();
            other[place] ^= 1;
            let other = URL_SAFE_NO_PAD.encode(other);
            assert_eq!(MailboxLink::verify(&other, &KEY, now), None, "{place}");
        }
        for none in [
            "",
            "x",
            &text[1..],
            &KEY.sign_pass(&Pass::new(RecordingId(Uuid::nil()), 1, now)),
        ] {
            assert_eq!(MailboxLink::verify(none, &KEY, now), None, "{none}");
        }
    }
}

//! A signed address by which mails are turned off, without signing in (RFC 8058): whoever has the mail may do that and nothing
//! else. It does not run out, because mails do not. Pure.

use aside_protocol::id::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::capability::MediaKey;
use super::notice::Kind;

/// So that no other signature made with the same key can pass for one of these.
const DOMAIN: &[u8] = b"aside mails off 1\0";
const MAC: usize = 32;

/// Whose mails are turned off, and of which kind; none: of every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe {
    pub user: UserId,
    pub kind: Option<Kind>,
}

impl Unsubscribe {
    /// The last piece of the address.
    pub fn sign(&self, key: &MediaKey) -> String {
        let mut out = self.user.0.as_bytes().to_vec();
        out.extend_from_slice(self.kind.map_or("", Kind::as_str).as_bytes());
        let mac = key.tag_of(DOMAIN, &out);
        out.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(out)
    }

    /// Reads what [`Self::sign`] wrote; none for what this server did not sign.
    pub fn verify(text: &str, key: &MediaKey) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (claims, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
        if !key.is_tag_of(DOMAIN, claims, mac) {
            return None;
        }
        let (user, kind) = claims.split_at_checked(16)?;
        let kind = std::str::from_utf8(kind).ok()?;
        Some(Self {
            user: UserId(Uuid::from_slice(user).ok()?),
            kind: match kind {
                "" => None,
                kind => Some(kind.parse().ok()?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aside_protocol::time::Timestamp;

    #[test]
    fn an_address_says_whose_mails_it_turns_off_and_cannot_be_made_up() {
        let key = MediaKey::new([7; 32]);
        let user = UserId::new(Timestamp::from_micros(5), [3; 10]);
        for kind in [None, Some(Kind::Answer)] {
            let it = Unsubscribe { user, kind };
            let text = it.sign(&key);
            assert_eq!(Unsubscribe::verify(&text, &key), Some(it));
            assert_eq!(
                Unsubscribe::verify(&text, &MediaKey::new([8; 32])),
                None,
                "another server's"
            );
            let mut other = URL_SAFE_NO_PAD.decode(&text).unwrap();
            other[0] ^= 1;
            let other = URL_SAFE_NO_PAD.encode(other);
            assert_eq!(Unsubscribe::verify(&other, &key), None);
        }
        for bad in ["", "x", "AAAA", &"A".repeat(10_000)] {
            assert_eq!(Unsubscribe::verify(bad, &key), None);
        }
    }
}

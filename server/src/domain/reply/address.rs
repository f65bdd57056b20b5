//! The address to which one person answers in one thread: what a mail about a notice has in `Reply-To`.
//!
//! The notice names person and thread, so that the token is short enough for a local part (64 octets, RFC 5321 §4.5.3.1.1) and
//! carries a signature of 128 bits. Mail systems may change the case of letters; the alphabet has only one.

use std::time::Duration;

use aside_protocol::id::NoticeId;
use aside_protocol::time::Timestamp;
use base32::Alphabet;
use uuid::Uuid;

use crate::domain::capability::MediaKey;

/// So that no other signature made with the same key can pass for one of these.
const DOMAIN: &[u8] = b"aside reply address 1\0";
const ALPHABET: Alphabet = Alphabet::Rfc4648Lower { padding: false };
const CLAIMS: usize = 1 + 16;
/// Half of what the function gives (RFC 2104 §5).
const MAC: usize = 16;
/// Characters of a token: five bits each.
const TOKEN: usize = ((CLAIMS + MAC) * 8).div_ceil(5);
/// RFC 5321 §4.5.3.1.1, in octets.
const MAX_LOCAL: usize = 64;
/// So many addresses of a mail are looked at.
const MAX_TRIED: usize = 20;
const PLACE: &str = "{token}";

const DAY: Duration = Duration::from_secs(24 * 3600);
/// So long a key signs; then there is a new one.
pub const SIGNS_FOR: Duration = DAY.saturating_mul(90);
/// So long after it was made what a key signed counts.
const COUNTS_FOR: Duration = DAY.saturating_mul(365);
/// So long it is still known that it was ours.
pub const KNOWN_FOR: Duration = DAY.saturating_mul(730);

/// What the addresses look like, such as `reply+{token}@example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyAddress {
    before: String,
    behind: String,
}

/// Why they cannot look like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an address with {PLACE} in front of the @, such as reply+{PLACE}@example.org; there is room for {} characters beside it",
    MAX_LOCAL - TOKEN
)]
pub struct ReplyAddressError;

impl std::str::FromStr for ReplyAddress {
    type Err = ReplyAddressError;
    fn from_str(text: &str) -> Result<Self, ReplyAddressError> {
        let text = text.trim().to_ascii_lowercase();
        let (before, behind) = text.split_once(PLACE).ok_or(ReplyAddressError)?;
        let (more, host) = behind.split_once('@').ok_or(ReplyAddressError)?;
        let plain = |part: &str, also: &str| {
            part.bytes()
                .all(|b| b.is_ascii_alphanumeric() || also.as_bytes().contains(&b))
        };
        // What is an atom (RFC 5322 §3.2.3) and needs no quotes.
        let fits = plain(before, "+-_.=") && plain(more, "+-_.=") && plain(host, "-.");
        let room = before.len() + more.len() + TOKEN <= MAX_LOCAL;
        if !fits || !room || host.is_empty() || before.starts_with('.') {
            return Err(ReplyAddressError);
        }
        Ok(Self {
            before: before.to_owned(),
            behind: behind.to_owned(),
        })
    }
}

impl std::fmt::Display for ReplyAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{PLACE}{}", self.before, self.behind)
    }
}

impl ReplyAddress {
    /// The address for `token`.
    pub fn with(&self, token: &str) -> String {
        format!("{}{token}{}", self.before, self.behind)
    }

    /// What may be tokens in a text that holds addresses, whatever stands around them.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        let text = text.to_ascii_lowercase();
        let ends = text.match_indices(&self.behind).map(|(at, _)| at);
        let found = ends.filter_map(|end| {
            let begin = end.checked_sub(TOKEN)?;
            let token = text.get(begin..end)?;
            let before = text.get(..begin)?.strip_suffix(&self.before)?;
            let apart = before
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphanumeric());
            (apart || !self.before.is_empty()).then(|| token.to_owned())
        });
        found.take(MAX_TRIED).collect()
    }
}

/// What an address was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyToken {
    /// Which key signs it.
    pub key: u8,
    /// What it answers: it names the person and the thread.
    pub notice: NoticeId,
}

impl ReplyToken {
    pub fn sign(&self, key: &MediaKey) -> String {
        let mut out = vec![self.key];
        out.extend_from_slice(self.notice.0.as_bytes());
        let mac = key.tag_of(DOMAIN, &out);
        out.extend_from_slice(&mac[..MAC]);
        base32::encode(ALPHABET, &out)
    }

    /// Reads what [`Self::sign`] wrote; `key_of` finds the key of a number. None for what this server did not sign.
    pub fn verify<'k>(text: &str, key_of: impl FnOnce(u8) -> Option<&'k MediaKey>) -> Option<Self> {
        if text.len() != TOKEN {
            return None;
        }
        let bytes = base32::decode(ALPHABET, &text.to_ascii_lowercase())?;
        let (claims, mac) = bytes.split_at_checked(CLAIMS)?;
        let (number, notice) = claims.split_first()?;
        let key = key_of(*number)?;
        if mac.len() != MAC || !key.is_short_tag_of(DOMAIN, claims, mac) {
            return None;
        }
        Some(Self {
            key: *number,
            notice: NoticeId(Uuid::from_slice(notice).ok()?),
        })
    }
}

/// What a key may do at its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAge {
    Signs,
    /// What it signed counts.
    Counts,
    /// It is only known that what it signed was ours.
    TooOld,
}

impl KeyAge {
    /// A key that seems to be made later than now was made by a clock that goes before ours.
    pub fn of(made: Timestamp, now: Timestamp) -> Self {
        let age = Duration::from_micros(u64::try_from(now.micros() - made.micros()).unwrap_or(0));
        if age < SIGNS_FOR {
            Self::Signs
        } else if age < COUNTS_FOR {
            Self::Counts
        } else {
            Self::TooOld
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notice() -> NoticeId {
        NoticeId::new(Timestamp::from_micros(1_700_000_000_000_000), [9; 10])
    }

    #[test]
    fn an_address_fits_and_is_read_whatever_the_case_and_whatever_stands_around_it() {
        let key = MediaKey::new([7; 32]);
        let it = ReplyToken {
            key: 200,
            notice: notice(),
        };
        let token = it.sign(&key);
        assert_eq!(token.len(), TOKEN);
        for template in [
            "reply+{token}@example.org",
            "{token}@reply.example.org",
            "Reply-{token}-x@Example.org",
        ] {
            let template: ReplyAddress = template.parse().unwrap();
            let address = template.with(&token);
            assert!(address.split('@').next().unwrap().len() <= MAX_LOCAL);
            for text in [
                address.clone(),
                address.to_ascii_uppercase(),
                format!("Aside <{address}>, Mo <mo@example.org>"),
                format!("  {address};\r\n\t\"{address}\" <x@y>"),
            ] {
                let tokens = template.tokens(&text);
                assert!(!tokens.is_empty(), "{text}");
                for found in tokens {
                    let read = ReplyToken::verify(&found, |n| (n == 200).then_some(&key));
                    assert_eq!(read, Some(it), "{text}");
                }
            }
        }
    }

    #[test]
    fn an_address_without_room_or_place_is_refused() {
        for bad in [
            "reply@example.org",
            "reply+{token}",
            "reply+{token}@",
            "answers-to-you+{token}@example.org",
            "a b{token}@example.org",
            "x@{token}.example.org",
            "\"{token}\"@example.org",
        ] {
            assert_eq!(bad.parse::<ReplyAddress>(), Err(ReplyAddressError), "{bad}");
        }
    }

    #[test]
    fn another_key_or_another_letter_is_nothing_of_ours() {
        let key = MediaKey::new([7; 32]);
        let token = ReplyToken {
            key: 1,
            notice: notice(),
        }
        .sign(&key);
        let other = MediaKey::new([8; 32]);
        assert_eq!(ReplyToken::verify(&token, |_| Some(&other)), None);
        assert_eq!(ReplyToken::verify(&token, |_| None), None);
        for at in 0..TOKEN - 1 {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(ReplyToken::verify(&changed, |_| Some(&key)), None, "{at}");
        }
    }

    #[test]
    fn a_key_signs_counts_and_grows_too_old() {
        let made = Timestamp::from_micros(1_700_000_000_000_000);
        let table = [
            (made.minus(DAY), KeyAge::Signs),
            (made.plus(DAY * 89), KeyAge::Signs),
            (made.plus(DAY * 90), KeyAge::Counts),
            (made.plus(DAY * 364), KeyAge::Counts),
            (made.plus(DAY * 365), KeyAge::TooOld),
        ];
        for (now, age) in table {
            assert_eq!(KeyAge::of(made, now), age, "{now:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_else_is_an_address(text in "\\PC{0,200}") {
            let template: ReplyAddress = "reply+{token}@example.org".parse().unwrap();
            let key = MediaKey::new([7; 32]);
            for token in template.tokens(&text) {
                prop_assert_eq!(ReplyToken::verify(&token, |_| Some(&key)), None);
            }
            prop_assert_eq!(ReplyToken::verify(&text, |_| Some(&key)), None);
        }
    }
}

//! Names of things. A recording's id and slug are made by the recorder, so that a link exists
//! before any server was asked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

/// Why a text is not an id or a slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("not a UUID: expected 36 characters such as 0192…")]
    NotAUuid,
    #[error("not a link slug: expected {SLUG_LEN} letters and digits")]
    NotASlug,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = uuid::Uuid))]
        pub struct $name(pub Uuid);

        impl $name {
            /// A UUIDv7 (RFC 9562 §5.7): sorts by `now`, the rest is `entropy`.
            pub fn new(now: Timestamp, entropy: [u8; 10]) -> Self {
                let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(s: &str) -> Result<Self, IdError> {
                Uuid::try_parse(s).map(Self).map_err(|_| IdError::NotAUuid)
            }
        }
    };
}

uuid_id!(
    /// One take, from the first frame to the finish receipt and for ever after.
    RecordingId
);
uuid_id!(
    /// A mail that waits to be sent.
    MailId
);
uuid_id!(
    /// Something that concerns a person: a line of their inbox.
    NoticeId
);
uuid_id!(
    /// A person with an account.
    UserId
);
uuid_id!(
    /// A comment or a reply.
    CommentId
);
uuid_id!(
    /// A file of a comment. Until a comment names it, only whoever sent it knows the id.
    AttachmentId
);
uuid_id!(
    /// A chapter of a recording.
    MarkId
);
uuid_id!(
    /// A folder of somebody's library.
    FolderId
);
uuid_id!(
    /// A group of people.
    GroupId
);
uuid_id!(
    /// An invitation to an account; never its secret.
    InvitationId
);
uuid_id!(
    /// One of the people with whom a recording is shared by name.
    GrantId
);
uuid_id!(
    /// A member's question for access to a recording.
    AccessRequestId
);
uuid_id!(
    /// A row of the job table.
    JobId
);
uuid_id!(
    /// An opaque token's row; never the token itself.
    TokenId
);

/// Length of a slug in characters: 22 of 62 symbols are 130.9 bits.
pub const SLUG_LEN: usize = 22;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The secret part of a watch link: who knows it may try the door.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9A-Za-z]{22}$"))]
pub struct Slug(String);

impl Slug {
    /// Spreads 32 bytes of entropy over the alphabet. Bytes of 248 and more are skipped, so
    /// that every symbol is equally likely; `None` when too few bytes are left (once in 10¹¹).
    pub fn from_entropy(entropy: &[u8]) -> Option<Self> {
        let text: String = entropy
            .iter()
            .filter(|b| **b < 248)
            .take(SLUG_LEN)
            .map(|b| char::from(ALPHABET[usize::from(*b % 62)]))
            .collect();
        (text.len() == SLUG_LEN).then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = IdError;
    fn from_str(s: &str) -> Result<Self, IdError> {
        if s.len() == SLUG_LEN && s.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(s.to_owned()))
        } else {
            Err(IdError::NotASlug)
        }
    }
}

impl TryFrom<String> for Slug {
    type Error = IdError;
    fn try_from(s: String) -> Result<Self, IdError> {
        s.parse()
    }
}

impl From<Slug> for String {
    fn from(s: Slug) -> Self {
        s.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_read_back_as_it_was_written() {
        let slug = Slug::from_entropy(&[7; 32]).unwrap();
        assert_eq!(slug.as_str().parse::<Slug>().unwrap(), slug);
        assert_eq!(slug.as_str().len(), SLUG_LEN);
    }

    #[test]
    fn a_slug_never_favours_a_symbol() {
        assert_eq!(Slug::from_entropy(&[255; 40]), None);
    }

    #[test]
    fn a_slug_with_a_slash_is_refused() {
        assert_eq!(
            "../../../../etc/passwd".parse::<Slug>(),
            Err(IdError::NotASlug)
        );
    }

    #[test]
    fn ids_sort_by_the_instant_they_were_made() {
        let early = RecordingId::new(Timestamp::from_micros(1_000_000), [255; 10]);
        let late = RecordingId::new(Timestamp::from_micros(2_000_000), [0; 10]);
        assert!(early < late);
        assert_eq!(early.0.get_version_num(), 7);
    }
}

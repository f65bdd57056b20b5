//! Web Push: messages to a browser whose page is closed, by the push service of its maker (RFC 8030), which cannot read them
//! (RFC 8291) and knows from whom they are (RFC 8292). Pure; decision 74.

pub mod encrypt;
pub mod message;
pub mod outcome;
pub mod vapid;

use aside_protocol::id::{NoticeId, UserId};
use aside_protocol::time::Timestamp;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// As browsers write keys, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A person has so many at most: the oldest ones end.
pub const MAX_SUBSCRIPTIONS: i64 = 20;
/// Longest address of a push service, in bytes.
const MAX_ENDPOINT: usize = 2_000;

/// Where the push services of Safari are.
const APPLE: &str = "push.apple.com";

/// A browser in which a person is told.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = Uuid)]
pub struct SubscriptionId(pub Uuid);

impl SubscriptionId {
    /// As every id: sorts by `now`, the rest is `entropy`.
    pub fn new(now: Timestamp, entropy: [u8; 10]) -> Self {
        Self(NoticeId::new(now, entropy).0)
    }
}

impl std::fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a browser tells of itself so that only it can read what it is sent (RFC 8291 §2).
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserKeys {
    /// A point of P-256, uncompressed (SEC 1 §2.3.3).
    pub public: [u8; 65],
    pub auth: [u8; 16],
}

impl std::fmt::Debug for BrowserKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrowserKeys").finish_non_exhaustive()
    }
}

/// Why a subscription is not kept, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    #[error("This is no address of a push service.")]
    Endpoint,
    #[error("These are no keys of a browser.")]
    Keys,
}

impl SubscribeError {
    /// Name of the field of the request.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Keys => "keys",
        }
    }
}

impl BrowserKeys {
    /// As `PushSubscription.toJSON` of the Push API has them: base64url.
    pub fn read(public: &str, auth: &str) -> Result<Self, SubscribeError> {
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| SubscribeError::Keys);
        Self::from_bytes(&bytes(public)?, &bytes(auth)?).ok_or(SubscribeError::Keys)
    }

    pub fn from_bytes(public: &[u8], auth: &[u8]) -> Option<Self> {
        let keys = Self {
            public: public.try_into().ok()?,
            auth: auth.try_into().ok()?,
        };
        (keys.public[0] == 4).then_some(keys)
    }
}

/// The address at which a push service takes messages for a browser. Whether it may be dialled is seen when it is.
pub fn endpoint(text: &str) -> Result<Url, SubscribeError> {
    let url = Url::parse(text).map_err(|_| SubscribeError::Endpoint)?;
    let right = text.len() <= MAX_ENDPOINT
        && matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    right.then_some(url).ok_or(SubscribeError::Endpoint)
}

/// A row of `push_subscriptions`.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSubscription {
    pub id: SubscriptionId,
    pub user: UserId,
    /// A secret: who knows it can send there.
    pub endpoint: Url,
    pub keys: BrowserKeys,
    /// The push service has taken nothing since then.
    pub failing_since: Option<Timestamp>,
    /// It is left alone until then.
    pub held_until: Timestamp,
    /// When it was sent a message last that shows nothing.
    pub silent_at: Option<Timestamp>,
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushSubscription")
            .field("id", &self.id)
            .field("user", &self.user)
            .field("failing_since", &self.failing_since)
            .field("held_until", &self.held_until)
            .finish_non_exhaustive()
    }
}

impl PushSubscription {
    /// Whose service it is, for a log.
    pub fn service(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }

    /// Whether it may be sent a message that shows nothing. Safari ends a subscription for that (webkit.org, "Meet Web Push").
    pub fn may_be_silent(&self) -> bool {
        let service = self.service();
        service != APPLE && !service.ends_with(&format!(".{APPLE}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_silent_is_sent_to_a_browser_that_ends_a_subscription_for_it() {
        for (service, may) in [
            ("https://web.push.apple.com/x", false),
            ("https://push.apple.com/x", false),
            ("https://fcm.googleapis.com/fcm/send/x", true),
            ("https://updates.push.services.mozilla.com/wpush/v2/x", true),
            ("https://notpush.apple.com/x", true),
        ] {
            let browser = PushSubscription {
                id: SubscriptionId::new(Timestamp::from_micros(1), [1; 10]),
                user: UserId(Uuid::nil()),
                endpoint: endpoint(service).unwrap(),
                keys: BrowserKeys {
                    public: [4; 65],
                    auth: [0; 16],
                },
                failing_since: None,
                held_until: Timestamp::from_micros(0),
                silent_at: None,
            };
            assert_eq!(browser.may_be_silent(), may, "{service}");
        }
    }
}

//! Browsers in which people are told (decision 74): which there are, and what one of them is sent.

use std::sync::Arc;

use aside_protocol::time::Timestamp;
use ring::rand::SystemRandom;
use tokio::sync::OnceCell;

use super::actor::Member;
use crate::domain::push::encrypt::{self, EncryptError};
use crate::domain::push::message::{PushMessage, TTL};
use crate::domain::push::vapid::VapidKey;
use crate::domain::push::{self, BrowserKeys, PushSubscription, SubscriptionId};
use crate::resources::Resources;
use crate::store::push_subscriptions::{self, Listed};
use crate::store::{Result, StoreError, Tx};

/// Name of the setting that holds it.
const VAPID_KEY: &str = "vapid_key";

/// Keeps the key by which push services know this server. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct VapidKeys(Arc<OnceCell<VapidKey>>);

impl VapidKeys {
    /// Made at the first use, the same for every server of the database.
    pub async fn get(&self, resources: &Resources) -> Result<&VapidKey> {
        let bad = || StoreError::inconsistent("settings", "value", "no VAPID key");
        let made = || async {
            let random = SystemRandom::new();
            let fresh = VapidKey::generate(&random).map_err(|_| bad())?;
            let text = resources.store.setting_or_insert(VAPID_KEY, fresh).await?;
            VapidKey::read(&text, &random).ok_or_else(bad)
        };
        self.0.get_or_try_init(made).await
    }
}

/// Why a browser is not told from now on.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    #[error(transparent)]
    Subscription(#[from] push::SubscribeError),
    #[error("this sign-in is not told at the address that is to be renewed")]
    NotToldThere,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tells a person in the browser by which they ask, from now on. `renews`: where this sign-in is told, and only then.
pub async fn subscribe(
    resources: &Resources,
    member: &Member,
    endpoint: &str,
    public: &str,
    auth: &str,
    renews: Option<&str>,
) -> std::result::Result<SubscriptionId, SubscribeError> {
    let (now, endpoint) = (resources.now(), push::endpoint(endpoint)?);
    let keys = BrowserKeys::read(public, auth)?;
    let renews = renews.map(push::endpoint).transpose()?;
    // What nothing can be encrypted for is no key of a browser.
    encrypt::encrypt(&keys, b"", &SystemRandom::new()).map_err(|_| push::SubscribeError::Keys)?;
    let new = PushSubscription {
        id: SubscriptionId::new(now, resources.id_entropy()),
        user: member.user.id,
        endpoint,
        keys,
        failing_since: None,
        held_until: Timestamp::from_micros(0),
        silent_at: None,
    };
    let kept = resources
        .store
        .write(
            async |tx: &mut Tx| -> std::result::Result<_, SubscribeError> {
                if let Some(old) = &renews
                    && !push_subscriptions::is_told(tx, member.token, old.as_str()).await?
                {
                    return Err(SubscribeError::NotToldThere);
                }
                Ok(push_subscriptions::set(tx, &new, member.token, now).await?)
            },
        )
        .await?;
    Ok(kept)
}

/// Browsers in which a person is told, the newest first.
pub async fn list(resources: &Resources, member: &Member) -> Result<Vec<Listed>> {
    let (store, now) = (&resources.store, resources.now());
    store.push_subscriptions(member.user.id, now).await
}

/// Tells a person nothing more in a browser of theirs. Says whether there was one.
pub async fn end(resources: &Resources, member: &Member, id: SubscriptionId) -> Result<bool> {
    resources
        .store
        .write(async |tx: &mut Tx| push_subscriptions::remove(tx, member.user.id, id).await)
        .await
}

/// Fields and body of what is posted to the push service (RFC 8030 §5).
#[derive(Debug, Clone)]
pub struct Sealed {
    pub fields: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Encrypts and signs a message for one browser. `contact`: where the people of its service find ours.
pub fn seal(
    browser: &PushSubscription,
    message: &PushMessage,
    key: &VapidKey,
    contact: Option<&url::Url>,
    now: Timestamp,
) -> std::result::Result<Sealed, EncryptError> {
    let random = SystemRandom::new();
    let body = encrypt::encrypt(&browser.keys, &message.text(), &random)?;
    let signed = key.authorization(&browser.endpoint, contact, now, &random);
    let signed = signed.map_err(|_| EncryptError::Keys)?;
    Ok(Sealed {
        fields: vec![
            ("authorization", signed),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", TTL.to_string()),
            ("urgency", message.urgency.as_str().to_owned()),
            // A message that is sent again takes the place of the one before.
            ("topic", message.tag.clone()),
        ],
        body,
    })
}

//! The keys that sign the addresses by which mails are answered.

use aside_protocol::id::NoticeId;

use crate::domain::capability::MediaKey;
use crate::domain::reply::{KNOWN_FOR, KeyAge, ReplyAddress, ReplyToken};
use crate::resources::Resources;
use crate::store::replies::{self, ReplyKey};
use crate::store::{Result, Tx};

/// The address by which a notice is answered, signed by a key that is made where there is none or the newest is old.
pub async fn address_of(
    resources: &Resources,
    address: &ReplyAddress,
    notice: NoticeId,
) -> Result<String> {
    let newest = resources.store.reply_keys().await?.into_iter().next();
    let now = resources.now();
    let key = match newest.filter(|it| KeyAge::of(it.made, now) == KeyAge::Signs) {
        Some(key) => key,
        None => new_key(resources).await?,
    };
    let token = ReplyToken {
        key: key.id,
        notice,
    };
    Ok(address.with(&token.sign(&key.key)))
}

async fn new_key(resources: &Resources) -> Result<ReplyKey> {
    let now = resources.now();
    resources
        .store
        .write(async |tx: &mut Tx| {
            replies::lock_keys(tx).await?;
            // Another worker may have made one meanwhile.
            let newest = replies::keys(tx).await?.into_iter().next();
            let id = newest.as_ref().map_or(0, |it| it.id.wrapping_add(1));
            if let Some(key) = newest.filter(|it| KeyAge::of(it.made, now) == KeyAge::Signs) {
                return Ok(key);
            }
            let key = MediaKey::new(resources.entropy.array());
            replies::add_key(tx, id, &key, now).await?;
            Ok(ReplyKey { id, key, made: now })
        })
        .await
}

/// What an address answers, and whether it still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) token: String,
    pub(super) notice: NoticeId,
    pub(super) age: KeyAge,
}

/// The first of these texts that has one of our addresses in it.
pub(super) async fn find(
    resources: &Resources,
    address: &ReplyAddress,
    texts: &[&str],
) -> Result<Option<Known>> {
    let tokens: Vec<String> = texts.iter().flat_map(|it| address.tokens(it)).collect();
    if tokens.is_empty() {
        return Ok(None);
    }
    let now = resources.now();
    let mut keys = resources.store.reply_keys().await?;
    // A job forgets them now and then.
    keys.retain(|it| now < it.made.plus(KNOWN_FOR));
    Ok(tokens.into_iter().find_map(|token| {
        let of = |id: u8| keys.iter().find(|it| it.id == id);
        let read = ReplyToken::verify(&token, |id| of(id).map(|it| &it.key))?;
        let age = KeyAge::of(of(read.key)?.made, now);
        Some(Known {
            token,
            notice: read.notice,
            age,
        })
    }))
}

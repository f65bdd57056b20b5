//! Notices that people come by https through a proxy that this server was not told about: then
//! links say http and cookies are not Secure. Said once in the log, and remembered for `doctor`.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{Result, Store, Tx};

/// The setting that holds the proxy's address.
const SETTING: &str = "https_proxy_not_trusted";

/// Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct ProxyNotice {
    said: Arc<AtomicBool>,
    store: Store,
}

impl ProxyNotice {
    pub fn new(store: Store) -> Self {
        Self {
            said: Arc::default(),
            store,
        }
    }

    /// A request from `peer`, which is not trusted, says that its client speaks https.
    pub fn https_from(&self, peer: IpAddr) {
        if self.said.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            proxy = %peer,
            "a request came by https through {peer}, which is no trusted proxy: links say http and cookies are not Secure. \
             Say --public-url https://…, and --trusted-proxy {peer} if it is your proxy"
        );
        let store = self.store.clone();
        tokio::spawn(async move {
            let peer = peer.to_string();
            let noted = store
                .write(async |tx: &mut Tx| tx.insert_setting(SETTING, &peer).await)
                .await;
            if let Err(cause) = noted {
                tracing::debug!(%cause, "could not remember the proxy for doctor");
            }
        });
    }
}

/// The proxy that was noticed at any time, for `doctor`.
pub async fn noticed(store: &Store) -> Result<Option<String>> {
    store.setting(SETTING).await
}

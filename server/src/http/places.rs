//! How many connections there may be: in all, and from one address. A trusted proxy counts as no
//! address, for everybody comes through it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::address::{self, TrustedProxies};

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
    per_address: usize,
    trusted: Arc<TrustedProxies>,
}

/// The place of one connection; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _all: OwnedSemaphorePermit,
    counted: Option<(IpAddr, Places)>,
}

impl Places {
    pub(super) fn new(all: usize, per_address: usize, trusted: TrustedProxies) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            by_address: Arc::default(),
            per_address,
            trusted: Arc::new(trusted),
        }
    }

    /// Waits for a place among all. Past the cap, connections wait in the kernel's queue.
    pub(super) async fn wait(&self) -> std::io::Result<OwnedSemaphorePermit> {
        let permit = self.all.clone().acquire_owned().await;
        permit.map_err(std::io::Error::other)
    }

    /// A place for `peer`; `None` when its address holds too many.
    pub(super) fn take(&self, all: OwnedSemaphorePermit, peer: IpAddr) -> Option<Place> {
        if self.trusted.contains(peer) {
            return Some(Place {
                _all: all,
                counted: None,
            });
        }
        let address = address::network(peer);
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place {
            _all: all,
            counted: Some((address, self.clone())),
        })
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((address, places)) = self.counted.take() else {
            return;
        };
        let mut counts = places.counts();
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_has_its_share_and_a_proxy_all() {
        let places = Places::new(100, 2, "10.0.0.0/8".parse().unwrap());
        let take = async |address: &str| {
            let all = places.wait().await.unwrap();
            places.take(all, address.parse().unwrap())
        };
        let one = take("192.0.2.1").await;
        let _two = take("192.0.2.1").await;
        assert!(take("192.0.2.1").await.is_none());
        assert!(take("192.0.2.2").await.is_some());
        drop(one);
        assert!(take("192.0.2.1").await.is_some());
        let proxy: Vec<_> = [take("10.0.0.1").await, take("10.0.0.1").await].into();
        assert!(take("10.0.0.1").await.is_some() && proxy.iter().all(Option::is_some));
        drop((proxy, _two));
        assert!(places.counts().is_empty());
    }
}

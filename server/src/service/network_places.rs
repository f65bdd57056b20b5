//! Places in a queue that requests from one network share, so that it does not fill the queue for everybody.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::address;

#[derive(Debug)]
pub(super) struct NetworkPlaces {
    /// How many places a network has.
    each: usize,
    /// How many of its requests may have one or wait for one.
    most: usize,
    /// Of the networks that wait.
    networks: Mutex<HashMap<IpAddr, Weak<Semaphore>>>,
}

impl NetworkPlaces {
    pub(super) fn new(each: usize, most: usize) -> Self {
        Self {
            each,
            most,
            networks: Mutex::default(),
        }
    }

    /// Waits for a place of the network that this address is in; none where too many wait already.
    pub(super) async fn wait(&self, address: IpAddr) -> Option<OwnedSemaphorePermit> {
        let places = self.of(address::network(address));
        if Arc::strong_count(&places) > self.most {
            return None;
        }
        places.acquire_owned().await.ok()
    }

    fn of(&self, network: IpAddr) -> Arc<Semaphore> {
        let mut all = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, places| places.strong_count() > 0);
        if let Some(places) = all.get(&network).and_then(Weak::upgrade) {
            return places;
        }
        let places = Arc::new(Semaphore::new(self.each));
        all.insert(network, Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_network_has_few_places_in_the_queue_and_others_have_theirs() {
        let all = NetworkPlaces::new(2, 2);
        let [one, other] = [[203_u8, 0, 113, 1], [203, 0, 113, 2]].map(IpAddr::from);
        let held = [all.wait(one).await.unwrap(), all.wait(one).await.unwrap()];
        assert!(all.wait(one).await.is_none());
        drop(all.wait(other).await.unwrap());
        drop(held);
        drop(all.wait(other).await.unwrap());
        assert!(!all.networks.lock().unwrap().contains_key(&one));
        drop(all.wait(one).await.unwrap());
    }
}

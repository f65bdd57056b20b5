//! How often a password may be tried.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::time::Timestamp;

use crate::domain::account::Email;
use crate::domain::limit::Limit;

const AT_ONCE: u32 = 10;
const EVERY: Duration = Duration::from_secs(6);

/// What a try is counted against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Tried {
    Account(String),
    Address(IpAddr),
}

/// Tries at passwords, by account and by where they come from. Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Tries(Arc<Mutex<Limit<Tried>>>);

impl Default for Tries {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Limit::new(AT_ONCE, EVERY))))
    }
}

impl Tries {
    /// Counts one try; `Err` says how long to wait.
    pub fn take(&self, email: &Email, address: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let mut limit = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        limit.take(Tried::Account(email.as_str().to_owned()), now)?;
        limit.take(Tried::Address(address), now)
    }
}

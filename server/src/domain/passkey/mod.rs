//! Passkeys: what a server verifies of Web Authentication (W3C Web Authentication Level 3, <https://www.w3.org/TR/webauthn-3/>;
//! the sections named here are its). Pure.
//!
//! No attestation is asked for (`none`), and one that comes all the same is not looked at: which make of device holds a key is
//! up to its person. Every answer must come from a device that verified its person (PIN, fingerprint, face), so that a passkey
//! may stand for both factors.

mod asked;
mod authenticator;
mod cbor;
mod ceremony;
mod client;
mod public_key;
mod refusal;

pub use asked::Asked;
pub use authenticator::LONGEST_ID;
pub use ceremony::{Answer, NewPasskey, Passkey, asserted, registered};
pub use client::{Ceremony, ClientData, Site};
pub use public_key::{ALGORITHMS, PublicKey};
pub use refusal::PasskeyRefusal;

use std::time::Duration;

/// Bytes of a challenge (§13.4.3 wants at least 16).
pub const CHALLENGE: usize = 32;
/// How long a browser may take for an answer (§15.1 recommends five minutes to ten).
pub const CEREMONY_TIMEOUT: Duration = Duration::from_secs(300);
/// A person's, at once.
pub const MAX_PASSKEYS: usize = 20;

/// By which ways a device can be reached (§5.8.4); browsers may say others, which are left out.
pub const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

//! The recorder's sign-in by a short code (RFC 8628): how long codes live, how they look, how often
//! one may ask.

use std::time::Duration;

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

use super::token::TokenHash;
use crate::entropy::Entropy;

/// The only client there is.
pub const CLIENT_ID: &str = "aside-recorder";
/// Until both codes are void.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Between two polls.
pub const INTERVAL: Duration = Duration::from_secs(2);

/// Where a device sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    Pending,
    Approved(UserId),
    Denied,
}

/// A row of `device_codes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    pub hash: TokenHash,
    /// Eight consonants, no dash.
    pub user_code: String,
    pub client_name: String,
    pub state: DeviceState,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// No vowels, so that no words appear; no letters that look like others (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// Eight consonants: 34.6 bits, which is plenty for fifteen minutes and few tries.
pub fn new_user_code(entropy: &(dyn Entropy + 'static)) -> String {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        // 240 is a multiple of 20: what lies above would favour the first letters.
        for byte in entropy.array::<32>().into_iter().filter(|b| *b < 240) {
            if code.len() < LENGTH {
                code.push(char::from(LETTERS[usize::from(byte % 20)]));
            }
        }
    }
    code
}

/// As shown: `BCDF-GHJK`.
pub fn show(user_code: &str) -> String {
    let (left, right) = user_code
        .split_at_checked(LENGTH / 2)
        .unwrap_or((user_code, ""));
    format!("{left}-{right}")
}

/// As typed by somebody: dashes, spaces and case do not matter. `None` when it can be no code.
pub fn read(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (code.len() == LENGTH && code.bytes().all(|b| LETTERS.contains(&b))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = new_user_code(&SeededEntropy::new(4));
        let shown = show(&code);
        assert_eq!(shown.len(), 9);
        assert_eq!(read(&shown), Some(code.clone()));
        assert_eq!(
            read(&format!(" {} ", shown.to_lowercase().replace('-', " "))),
            Some(code)
        );
        assert_eq!(read("AEIO-UAEI"), None);
        assert_eq!(read("BCDF"), None);
    }
}

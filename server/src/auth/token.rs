//! Opaque random tokens. The text is shown once and never stored; the database holds its SHA-256
//! (256 random bits need no slow hash).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::token::TokenHash;
use crate::entropy::Entropy;

/// The text of a token: `aside_` and 43 characters, so that scanners for leaked secrets can find
/// it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(format!(
            "aside_{}",
            URL_SAFE_NO_PAD.encode(entropy.array::<32>())
        ))
    }

    /// What somebody sent, whatever it is.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The text, to be handed to its owner and nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_token_does_not_show_itself_in_a_log() {
        let secret = Secret::new(&SeededEntropy::new(3));
        assert_eq!(secret.reveal().len(), 49);
        assert!(!format!("{secret:?}").contains(secret.reveal()));
        assert_eq!(Secret::from_text(secret.reveal()).hash(), secret.hash());
    }
}

//! Passwords: argon2id, on a blocking thread, few at a time: each try takes 19 MiB and tens of
//! milliseconds on purpose.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::entropy::Entropy;

/// How many passwords are hashed side by side.
const AT_ONCE: usize = 2;

/// Hashes and compares. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords {
    params: Params,
    turn: Arc<Semaphore>,
}

/// Hashing failed; never "wrong password".
#[derive(Debug, thiserror::Error)]
#[error("password hashing: {0}")]
pub struct PasswordError(String);

impl PasswordError {
    fn from(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

impl Default for Passwords {
    /// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self::with(Params::default())
    }
}

impl Passwords {
    fn with(params: Params) -> Self {
        Self {
            params,
            turn: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Weak and quick, for tests.
    pub fn quick() -> Self {
        Self::with(Params::new(8, 1, 1, None).unwrap_or_default())
    }

    /// A PHC string to store.
    pub async fn hash(
        &self,
        password: String,
        entropy: &dyn Entropy,
    ) -> Result<String, PasswordError> {
        let salt = SaltString::encode_b64(&entropy.array::<16>()).map_err(PasswordError::from)?;
        self.apart(move |argon2| {
            Ok(argon2
                .hash_password(password.as_bytes(), &salt)
                .map_err(PasswordError::from)?
                .to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash (no such account) the same
    /// work is done, so that time does not tell who has an account.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        self.apart(move |argon2| {
            let Some(hash) = hash else {
                let salt = SaltString::encode_b64(&[0; 16]).map_err(PasswordError::from)?;
                let _ = argon2.hash_password(password.as_bytes(), &salt);
                return Ok(false);
            };
            let stored = PasswordHash::new(&hash).map_err(PasswordError::from)?;
            Ok(argon2.verify_password(password.as_bytes(), &stored).is_ok())
        })
        .await
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = self
            .turn
            .clone()
            .acquire_owned()
            .await
            .map_err(PasswordError::from)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(argon2)
        });
        done.await.map_err(PasswordError::from)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[tokio::test]
    async fn only_the_password_that_was_hashed_opens() {
        let passwords = Passwords::quick();
        let hash = passwords
            .hash("correct horse".to_owned(), &SeededEntropy::new(1))
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify("correct horse".to_owned(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("battery staple".to_owned(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("anything".to_owned(), None).await.unwrap());
    }
}

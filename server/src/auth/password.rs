//! Passwords: argon2id, on a blocking thread, few at a time: each try takes 19 MiB and tens of
//! milliseconds on purpose.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::domain::account::Password;
use crate::entropy::Entropy;

/// How many passwords are hashed side by side.
const CONCURRENCY: usize = 2;

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
            turn: Arc::new(Semaphore::new(CONCURRENCY)),
        }
    }

    /// Weak and quick, for tests.
    pub fn quick() -> Self {
        Self::with(Params::new(8, 1, 1, None).unwrap_or_default())
    }

    /// A PHC string to store.
    pub async fn hash(
        &self,
        password: Password,
        entropy: &dyn Entropy,
    ) -> Result<String, PasswordError> {
        let salt = SaltString::encode_b64(&entropy.array::<16>()).map_err(PasswordError::from)?;
        self.run_blocking(move |argon2| {
            Ok(argon2
                .hash_password(password.normal().as_bytes(), &salt)
                .map_err(PasswordError::from)?
                .to_string())
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash (no such account) the same
    /// work is done, so that time does not tell who has an account. A hash that was made before
    /// passwords were normalised still opens to who types it as it was.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        self.run_blocking(move |argon2| {
            let Some(hash) = hash else {
                let salt = SaltString::encode_b64(&[0; 16]).map_err(PasswordError::from)?;
                let _ = argon2.hash_password(password.normal().as_bytes(), &salt);
                return Ok(false);
            };
            let stored = PasswordHash::new(&hash).map_err(PasswordError::from)?;
            let opens = |text: &str| argon2.verify_password(text.as_bytes(), &stored).is_ok();
            Ok(opens(password.normal()) || password.as_typed().is_some_and(opens))
        })
        .await
    }

    async fn run_blocking<T: Send + 'static>(
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

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    #[tokio::test]
    async fn a_hash_of_a_password_as_it_was_typed_still_opens() {
        let passwords = Passwords::quick();
        let typed = "Man\u{303}ana u\u{308}ber 42";
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            passwords.params.clone(),
        );
        let old = argon2.hash_password(typed.as_bytes(), &salt).unwrap();
        let old = Some(old.to_string());
        assert!(
            passwords
                .verify(password(typed), old.clone())
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("Manana uber 42"), old)
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn only_the_password_that_was_hashed_opens() {
        let passwords = Passwords::quick();
        let hash = passwords
            .hash(password("correct horse"), &SeededEntropy::new(1))
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify(password("correct horse"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("battery staple"), Some(hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify(password("anything"), None).await.unwrap());
    }
}

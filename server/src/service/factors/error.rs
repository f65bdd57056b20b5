//! Why a second factor did not count, or was not changed.

use crate::domain::account::AccountError;
use crate::domain::passkey::{MAX_PASSKEYS, PasskeyRefusal};
use crate::limits::Wait;
use crate::service::password;
use crate::store::StoreError;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    #[error("This code is not right now, or was used already. Wait for the next one.")]
    WrongCode,
    #[error("The authenticator app is set up already.")]
    On,
    #[error("Two-factor sign-in is off.")]
    Off,
    /// A password is not enough any more.
    #[error("Show that it is you: by a passkey, or by a code.")]
    Needed,
    #[error("too many codes")]
    TooMany(Wait),
    #[error(transparent)]
    Refused(#[from] PasskeyRefusal),
    /// It was not asked, or too long ago, or was answered already.
    #[error("This took too long, or was used already. Try again.")]
    Unasked,
    #[error("This passkey is known here already.")]
    Known,
    #[error("Nobody needs more than {MAX_PASSKEYS} passkeys. Remove one first.")]
    Most,
    #[error("This is your last passkey: without it the password alone signs you in.")]
    Last,
    #[error("There is no such passkey.")]
    Gone,
    #[error(transparent)]
    Name(AccountError),
    #[error(transparent)]
    Password(#[from] password::ChangeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

//! What people with a password have beside it: an authenticator app, passkeys, and codes for when these are lost.
//!
//! Ways of signing in are added and taken away by who proves to be the person (`proof`): by the password as long as it signs in
//! alone, and by the second factor after that. A stolen session, or a password that somebody watched being typed, adds none.

mod answer;
mod app;
mod codes;
mod error;
mod passkeys;
mod proof;

pub use answer::{ByPasskey, ask, checked};
pub use app::{
    Begun, Checked, Standing, begin, check, confirm, new_codes, reset, standing, turn_off,
};
pub use error::FactorError;
pub use passkeys::{Made, Making, add, begin_adding, question, remove, rename};
pub use proof::{Means, Proof};

//! What browsers are asked for.

use crate::domain::names::names;

/// What a browser was asked for. The column `purpose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To make a passkey.
    Add,
    /// To sign somebody in.
    SignIn,
    /// That it is still the same person.
    Prove,
}

names!(Asked, "question", { Add: "add", SignIn: "sign_in", Prove: "prove" });

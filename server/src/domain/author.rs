//! Who wrote a comment, and who deleted one.

use aside_protocol::id::{TokenId, UserId};

use super::names::names;

/// Who wrote a comment. Nobody, when the account is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Member(UserId),
    Guest(TokenId),
    Nobody,
}

/// Who deleted a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleter {
    Author,
    /// The owner of the recording, whoever wrote the comment.
    Owner,
}

names!(Deleter, "deleter of a comment", {
    Author: "author",
    Owner: "owner",
});

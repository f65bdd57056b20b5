//! Groups of people, with which recordings can be shared. Pure.

use aside_protocol::id::{GroupId, UserId};
use aside_protocol::text::line;

/// Of a group's name, in characters.
pub const MAX_GROUP_NAME: usize = 80;
/// Of one server: pages load them all.
pub const MAX_GROUPS: usize = 500;

/// A row of `user_groups`, and who is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub name: String,
    /// Counts changes of the name.
    pub version: i64,
    /// Deactivated people too.
    pub members: Vec<UserId>,
}

/// Why a group is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    #[error("A group needs a name of at most {MAX_GROUP_NAME} characters.")]
    Name,
    #[error("Another group is called like that.")]
    NameTaken,
    #[error("There can be at most {MAX_GROUPS} groups. Delete some first.")]
    TooMany,
    #[error("There is nobody with this id on this server.")]
    NoSuchPerson,
}

impl GroupError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name | Self::NameTaken => "name",
            Self::TooMany => "groups",
            Self::NoSuchPerson => "user",
        }
    }
}

/// A group's name as stored.
pub fn group_name(raw: &str) -> Result<String, GroupError> {
    let name = line(raw);
    if name.is_empty() || name.chars().count() > MAX_GROUP_NAME {
        return Err(GroupError::Name);
    }
    Ok(name)
}

/// By which two names are the same.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_name_can_be_read() {
        assert_eq!(
            group_name("  Design \n team\u{200b}"),
            Ok("Design team".to_owned())
        );
        for bad in ["", " \u{200b}", "\u{202e}", &"x".repeat(81)] {
            assert_eq!(group_name(bad), Err(GroupError::Name), "{bad:?}");
        }
        assert_eq!(folded("DESIGN"), folded("design"));
    }
}

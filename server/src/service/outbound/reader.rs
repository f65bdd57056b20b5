//! With whose rights destinations are told.

use aside_protocol::id::UserId;
use uuid::Uuid;

use crate::domain::access::Viewer;
use crate::domain::account::Role;

/// Nobody: what every member may see, and nothing that is shared by name.
const NOBODY: UserId = UserId(Uuid::nil());

/// With whose rights a destination is told.
pub(super) fn reader(owner: Option<UserId>) -> Viewer {
    Viewer::Member {
        id: owner.unwrap_or(NOBODY),
        role: Role::Viewer,
    }
}

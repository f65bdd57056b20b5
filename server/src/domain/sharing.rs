//! Who a recording is for.

use serde::{Deserialize, Serialize};

use super::names::names;

/// Who may open the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody who has the link.
    Link,
    /// People with an account on this server.
    Members,
}

names!(Audience, "audience", {
    Link: "link",
    Members: "members",
});

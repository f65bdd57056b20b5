//! Reading what was written down about who changed what.

use crate::domain::account::User;
use crate::domain::audit::Logged;
use crate::domain::roles::{Act, may};
use crate::resources::Resources;
use crate::store::Result;

/// The newest first, and whether older ones follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub entries: Vec<Logged>,
    pub more: bool,
}

/// At most `limit` entries before number `before`; none for who may not read them.
pub async fn page(
    resources: &Resources,
    user: &User,
    before: Option<i64>,
    limit: u32,
) -> Result<Option<Page>> {
    if !may(user.role, Act::ReadAudit) {
        return Ok(None);
    }
    let mut entries = resources.store.audit(before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > limit;
    entries.truncate(limit);
    Ok(Some(Page { entries, more }))
}

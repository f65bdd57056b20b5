//! Reading what was written down about who changed what.

use futures_util::{Stream, stream};

use crate::domain::account::User;
use crate::domain::audit::{Logged, Wanted};
use crate::domain::roles::{Act, may};
use crate::resources::Resources;
use crate::store::Result;

/// The newest first, and whether older ones follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub entries: Vec<Logged>,
    pub more: bool,
}

/// At most `limit` of the wanted entries before number `before`; none for who may not read them.
pub async fn page(
    resources: &Resources,
    user: &User,
    wanted: &Wanted,
    before: Option<i64>,
    limit: u32,
) -> Result<Option<Page>> {
    if !may(user.role, Act::ReadAudit) {
        return Ok(None);
    }
    let mut entries = resources.store.audit(wanted, before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > limit;
    entries.truncate(limit);
    Ok(Some(Page { entries, more }))
}

/// Rows that are read at once for an export.
const BATCH: u32 = 1000;

/// The wanted entries as text, the newest first, read while they are sent; nothing for who may not read them.
pub fn lines(
    resources: &Resources,
    user: User,
    wanted: Wanted,
    line: fn(&Logged) -> String,
) -> impl Stream<Item = Result<String>> + Send + use<> {
    let begin = (resources.clone(), user, wanted, Some(None));
    stream::try_unfold(begin, move |(resources, user, wanted, before)| async move {
        let Some(before) = before else {
            return Ok(None);
        };
        let found = page(&resources, &user, &wanted, before, BATCH).await?;
        let Some(Page { entries, more }) = found else {
            return Ok(None);
        };
        let next: Option<Option<i64>> = entries.last().filter(|_| more).map(|it| Some(it.seq));
        let text: String = entries.iter().map(line).collect();
        Ok(Some((text, (resources, user, wanted, next))))
    })
}

//! Another link for a recording.

use aside_protocol::id::{RecordingId, Slug};
use serde_json::json;

use super::shared::{ChangeError, Effect, Shared, changed};
use crate::domain::audit::AuditAction;
use crate::domain::recording::Recording;
use crate::resources::Resources;
use crate::service::actor::Member;
use crate::service::notices::Told;
use crate::store::{StoreError, Tx, shares};

/// Gives the recording another link: the old one opens nothing from now on, what was opened by it ends.
pub async fn new_link(
    resources: &Resources,
    member: &Member,
    id: RecordingId,
) -> Result<Shared, ChangeError> {
    let slug = Slug::from_entropy(&resources.entropy.array::<64>())
        .ok_or_else(|| StoreError::inconsistent("recordings", "slug", "no slug was drawn"))?;
    changed(
        resources,
        member,
        id,
        None,
        async |tx: &mut Tx, _: &Recording, _| {
            shares::set_slug(tx, id, &slug).await?;
            shares::touch(tx, id, true).await?;
            // Neither link is written down: who reads the log must not be able to open it.
            Ok(Some(Effect {
                action: AuditAction::LinkReplaced,
                detail: json!({}),
                told: Told::default(),
            }))
        },
    )
    .await
}

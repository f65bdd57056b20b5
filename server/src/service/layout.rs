//! Where the face lies: the owner's own list takes the place of the one that is there.

use aside_protocol::layout::Layout;

use crate::domain::access::{Allowed, Change as MayChange};
use crate::domain::event::Change;
use crate::resources::Resources;
use crate::service::download;
use crate::service::gate::{self, GateError};
use crate::store::layouts::{self, LayoutRow};
use crate::store::{StoreError, Tx, events};

/// Why a layout was not changed.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("it is at version {0} now")]
    OtherVersion(i64),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Replaces the layout and tells open pages. With `version`, only if that is still the version.
pub async fn change(
    resources: &Resources,
    recording: &Allowed<MayChange>,
    version: Option<i64>,
    layout: &Layout,
) -> Result<LayoutRow, LayoutError> {
    let (id, now) = (recording.id, resources.now());
    let changed = resources
        .store
        .write(async |tx: &mut Tx| -> Result<LayoutRow, LayoutError> {
            gate::held_again(tx, recording, now).await?;
            let before = layouts::get(tx, id).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(LayoutError::OtherVersion(before.version));
            }
            if before.layout()? == *layout {
                return Ok(before);
            }
            let after = LayoutRow {
                version: before.version + 1,
                told: layout.moments().to_vec(),
            };
            layouts::set(tx, id, &after).await?;
            let made_again = download::on_layout(tx, &*resources.entropy, id, now).await?;
            events::append(tx, id, Change::Layout, now).await?;
            if made_again {
                events::append(tx, id, Change::Download, now).await?;
            }
            Ok(after)
        })
        .await?;
    resources.notify.notify(id);
    Ok(changed)
}

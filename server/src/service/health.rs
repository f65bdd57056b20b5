//! Whether what this server stands on answers.

use super::store_identity::{IdentityError, together_again};
use crate::resources::Resources;
use crate::store::Result;

/// Fails when the database does not answer.
pub async fn database(resources: &Resources) -> Result<()> {
    resources.store.ping().await
}

/// Whether the object store carries the id of the database, or gets it again now.
pub async fn objects_belong(resources: &Resources) -> std::result::Result<bool, IdentityError> {
    together_again(&resources.store, &resources.objects).await
}

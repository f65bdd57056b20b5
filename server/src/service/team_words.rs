//! Names and terms of the team, said by its admins for everybody.

use crate::domain::account::User;
use crate::domain::roles::{Act, may};
use crate::domain::team_words::TeamWords;
use crate::resources::Resources;
use crate::store::{Result, Tx};

const SETTING: &str = "team_words";

/// The terms; none where nobody said any.
pub async fn read(resources: &Resources) -> Result<TeamWords> {
    let text = resources.store.setting(SETTING).await?;
    // Written by this program; of what another version wrote nothing is known.
    Ok(text
        .and_then(|text| TeamWords::read(&text).ok())
        .unwrap_or_default())
}

/// Says them anew; false where this person may not.
pub async fn set(resources: &Resources, user: &User, words: &TeamWords) -> Result<bool> {
    if !may(user.role, Act::SetServerDefaults) {
        return Ok(false);
    }
    let text = words.text();
    let set = resources
        .store
        .write(async |tx: &mut Tx| tx.set_setting(SETTING, &text).await);
    set.await?;
    Ok(true)
}

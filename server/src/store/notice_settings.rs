//! Rows of `notice_settings`.

use aside_protocol::id::UserId;

use super::{Result, Store, Tx};
use crate::domain::notice_settings::NoticeSettings;
use crate::{in_tx, on_db};

/// What another version of the program wrote, or nothing, is as the program says.
pub(super) fn read(json: Option<&str>) -> NoticeSettings {
    json.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

impl Store {
    /// How a person wants to be told, and the time zone of their profile.
    pub async fn notice_settings(&self, user: UserId) -> Result<(NoticeSettings, Option<String>)> {
        const SQL: &str = "SELECT n.settings, u.time_zone FROM users u LEFT JOIN notice_settings n ON n.user_id = u.id WHERE u.id = $1";
        let row: Option<(Option<String>, Option<String>)> = on_db!(self, |db| sqlx::query_as(SQL)
            .bind(user.0)
            .fetch_optional(db)
            .await)?;
        let (settings, zone) = row.unwrap_or_default();
        Ok((read(settings.as_deref()), zone))
    }
}

pub async fn set(tx: &mut Tx, user: UserId, settings: &NoticeSettings) -> Result<()> {
    const SQL: &str = "INSERT INTO notice_settings (user_id, settings) VALUES ($1, $2) \
         ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings";
    // Settings always have a JSON form.
    let json = serde_json::to_string(settings).unwrap_or_default();
    in_tx!(tx, |db| sqlx::query(SQL)
        .bind(user.0)
        .bind(json)
        .execute(db)
        .await
        .map(|_| ()))?;
    Ok(())
}

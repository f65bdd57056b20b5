//! Migrations: twins in `migrations/{sqlite,postgres}`, built into the program, forward only.

use super::{Result, Store, StoreError, Tx, dialect};
use crate::{in_tx, on_db};

struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! twins {
    ($($version:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

const MIGRATIONS: &[Migration] = twins![
    1 "0001_accounts",
    2 "0002_recordings",
    3 "0003_answers",
    4 "0004_jobs",
    5 "0005_data_safety",
    7 "0007_sharing",
    9 "0009_transcript_corrections",
    10 "0010_speech_model",
    11 "0011_paused",
    12 "0012_lost_parts",
    13 "0013_thumbnails",
    14 "0014_timeline",
    15 "0015_downloads",
    16 "0016_inits",
    17 "0017_people_and_conditions",
    20 "0020_library",
    21 "0021_people",
    22 "0022_groups",
    24 "0024_account",
    25 "0025_mailboxes",
    26 "0026_sign_in",
    27 "0027_sections",
    28 "0028_views",
    29 "0029_removed_password",
    30 "0030_comments",
    31 "0031_drawings",
    32 "0032_notices",
    33 "0033_retention",
    35 "0035_viewings",
    36 "0036_passkeys",
    37 "0037_attachments",
    38 "0038_push",
    39 "0039_mail_replies",
    40 "0040_outbound",
    41 "0041_token_scopes",
    42 "0042_agents",
    43 "0043_issues",
    44 "0044_shared_links",
    45 "0045_search",
    47 "0047_transcript_versions",
    48 "0048_reading",
    49 "0049_assistant",
    50 "0050_translations",
    51 "0051_previews",
    54 "0054_screen_texts",
    55 "0055_transcripts",
    56 "0056_push_shown",
    58 "0058_shared_folders",
    59 "0059_handovers",
    60 "0060_handover_choices",
    63 "0063_removed_folders",
];

const BOOK: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";

impl Store {
    /// Applies what is missing; answers the names of what it applied. Safe to run from several
    /// programs at once.
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        self.migrate_to(i64::MAX).await
    }

    /// The same up to the migration of this number, and no further.
    pub(super) async fn migrate_to(&self, last: i64) -> Result<Vec<&'static str>> {
        self.write(async |tx: &mut Tx| {
            if let Tx::Postgres(pg) = tx {
                sqlx::query(dialect::MIGRATION_LOCK_POSTGRES)
                    .execute(&mut **pg)
                    .await?;
            }
            in_tx!(tx, |db| sqlx::query(BOOK).execute(db).await.map(|_| ()))?;
            const NEWEST: &str =
                "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM schema_migrations";
            let newest: i64 = in_tx!(tx, |db| sqlx::query_scalar(NEWEST).fetch_one(db).await)?;
            let known = MIGRATIONS.last().map_or(0, |m| m.version);
            let wanted = if last == i64::MAX { 0 } else { last };
            if newest.max(wanted) > known {
                return Err(StoreError::FromTheFuture(newest.max(wanted)));
            }
            let mut applied = Vec::new();
            for m in MIGRATIONS
                .iter()
                .filter(|m| m.version > newest && m.version <= last)
            {
                let ran = match tx {
                    Tx::Sqlite(tx) => sqlx::raw_sql(m.sqlite).execute(&mut **tx).await.map(|_| ()),
                    Tx::Postgres(tx) => sqlx::raw_sql(m.postgres)
                        .execute(&mut **tx)
                        .await
                        .map(|_| ()),
                };
                ran.map_err(|source| StoreError::Migration {
                    name: m.name,
                    source,
                })?;
                const WRITE: &str = "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)";
                in_tx!(tx, |db| sqlx::query(WRITE)
                    .bind(m.version)
                    .bind(m.name)
                    .execute(db)
                    .await
                    .map(|_| ()))?;
                applied.push(m.name);
            }
            Ok(applied)
        })
        .await
    }

    /// Number of the newest migration that was applied; 0 for none.
    pub(super) async fn schema(&self) -> Result<i64> {
        const NEWEST: &str =
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM schema_migrations";
        Ok(on_db!(self, |db| sqlx::query_scalar(NEWEST)
            .fetch_one(db)
            .await)?)
    }

    /// Names of migrations this program has and the database lacks.
    pub async fn pending_migrations(&self) -> Result<Vec<&'static str>> {
        const NEWEST: &str =
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM schema_migrations";
        let newest: i64 =
            on_db!(self, |db| sqlx::query_scalar(NEWEST).fetch_one(db).await).unwrap_or(0);
        Ok(MIGRATIONS
            .iter()
            .filter(|m| m.version > newest)
            .map(|m| m.name)
            .collect())
    }
}

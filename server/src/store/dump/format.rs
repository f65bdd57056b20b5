//! The lines of a dump.

use serde::{Deserialize, Serialize};

/// All tables but `schema_migrations` and what is made from the others, each behind those that it refers to.
pub(super) const TABLES: &[&str] = &[
    "users",
    "user_groups",
    "user_group_members",
    "invitations",
    "invitation_groups",
    "tokens",
    "idempotency_keys",
    "device_codes",
    "settings",
    "folders",
    "folder_grants",
    "recordings",
    "tracks",
    "inits",
    "parts",
    "grants",
    "handovers",
    "removed_folders",
    "removed_folder_recordings",
    "access_requests",
    "comments",
    "attachments",
    "attachment_thumbnails",
    "comment_removed_files",
    "comment_mentions",
    "comment_versions",
    "comment_reactions",
    "moment_reactions",
    "layouts",
    "marks",
    "recording_tags",
    "take_reports",
    "downloads",
    "transcripts",
    "words",
    "transcript_versions",
    "sound_turns",
    "suggestions",
    "assistant_runs",
    "translations",
    "sprites",
    "screen_texts",
    "previews",
    "views",
    "agent_views",
    "notices",
    "subscriptions",
    "push_subscriptions",
    "push_shown",
    "outbox",
    "notice_settings",
    "viewings",
    "destinations",
    "destination_places",
    "outbound_events",
    "deliveries",
    "delivery_attempts",
    "issues",
    "hooks_seen",
    "shared_links",
    "calendars",
    "events",
    "jobs",
    "tombstones",
    "speech_model",
    "audit",
    "pictures",
    "account_links",
    "mails",
    "identities",
    "oidc_logins",
    "two_factors",
    "recovery_codes",
    "reply_keys",
    "mail_replies",
    "passkeys",
    "passkey_challenges",
];

/// Tables that are not in a dump: what is made from the others.
#[cfg(test)]
pub(super) const DERIVED: &[&str] = &[
    "search_lines",
    "search_windows",
    "search_screens",
    "search_changes",
    "search_version",
];

/// The format that this program writes and reads.
pub(super) const FORMAT: u32 = 1;

/// First line of a dump.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    /// [`FORMAT`].
    pub(super) aside_backup: u32,
    /// Number of the newest migration that the database had.
    pub(super) schema: i64,
}

/// Before the rows of a table.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TableHead {
    pub(super) table: String,
    pub(super) columns: Vec<(String, Kind)>,
}

/// Last line of a dump.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tail {
    pub(super) rows: u64,
    /// The number that the newest event had, be it still there or not; the next one is larger.
    pub(super) last_event: i64,
}

/// What a column holds, in terms that both databases know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Bytes,
    Text,
    Int,
    Bool,
}

/// How many rows of which table a dump held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub Vec<(String, u64)>);

impl Counts {
    /// Of one table; 0 when it is not known.
    pub fn of(&self, table: &str) -> u64 {
        self.0
            .iter()
            .find(|(name, _)| name == table)
            .map_or(0, |(_, n)| *n)
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|(_, n)| n).sum()
    }
}

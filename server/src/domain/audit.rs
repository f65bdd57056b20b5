//! What is written down about who changed what.

use aside_protocol::id::{RecordingId, UserId};
use aside_protocol::time::Timestamp;
use serde_json::Value;

use super::account::User;
use super::names::names;

/// What was done. The column `action`; never renamed, only added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    SharingChanged,
    PersonAdded,
    PersonRemoved,
    LinkReplaced,
    AccessAsked,
    AccessRefused,
    DefaultChanged,
    LookChanged,
    ProfileChanged,
    MailChanged,
    PasswordChanged,
    PasswordReset,
    SessionsEnded,
    PersonInvited,
    InvitationRevoked,
    InvitationRestored,
    InvitationRenewed,
    InvitationAccepted,
    RoleChanged,
    PersonDeactivated,
    PersonReactivated,
    RecordingsHandedOver,
    RecordingGiven,
    FolderShared,
    PersonDeleted,
    GroupMade,
    GroupRenamed,
    GroupDeleted,
    GroupJoined,
    GroupLeft,
    MailboxProved,
    TwoFactorOn,
    TwoFactorOff,
    ProviderLinked,
    ProviderJoined,
    ProviderRole,
    ViewsSwitched,
    RetentionChanged,
    RecordingPinned,
    RecordingUnpinned,
    RetentionAnnounced,
    RetentionTrashed,
    PasskeyAdded,
    PasskeyRenamed,
    PasskeyRemoved,
    PasskeyRefused,
    DestinationAdded,
    DestinationChanged,
    DestinationDeleted,
    DestinationRestored,
    DestinationSecret,
}

names!(AuditAction, "action", {
    SharingChanged: "sharing_changed",
    PersonAdded: "person_added",
    PersonRemoved: "person_removed",
    LinkReplaced: "link_replaced",
    AccessAsked: "access_asked",
    AccessRefused: "access_refused",
    DefaultChanged: "default_changed",
    LookChanged: "look_changed",
    ProfileChanged: "profile_changed",
    MailChanged: "mail_changed",
    PasswordChanged: "password_changed",
    PasswordReset: "password_reset",
    SessionsEnded: "sessions_ended",
    PersonInvited: "person_invited",
    InvitationRevoked: "invitation_revoked",
    InvitationRestored: "invitation_restored",
    InvitationRenewed: "invitation_renewed",
    InvitationAccepted: "invitation_accepted",
    RoleChanged: "role_changed",
    PersonDeactivated: "person_deactivated",
    PersonReactivated: "person_reactivated",
    RecordingsHandedOver: "recordings_handed_over",
    RecordingGiven: "recording_given",
    FolderShared: "folder_shared",
    PersonDeleted: "person_deleted",
    GroupMade: "group_made",
    GroupRenamed: "group_renamed",
    GroupDeleted: "group_deleted",
    GroupJoined: "group_joined",
    GroupLeft: "group_left",
    MailboxProved: "mailbox_proved",
    TwoFactorOn: "two_factor_on",
    TwoFactorOff: "two_factor_off",
    ProviderLinked: "provider_linked",
    ProviderJoined: "provider_joined",
    ProviderRole: "provider_role",
    ViewsSwitched: "views_switched",
    RetentionChanged: "retention_changed",
    RecordingPinned: "recording_pinned",
    RecordingUnpinned: "recording_unpinned",
    RetentionAnnounced: "retention_announced",
    RetentionTrashed: "retention_trashed",
    PasskeyAdded: "passkey_added",
    PasskeyRenamed: "passkey_renamed",
    PasskeyRemoved: "passkey_removed",
    PasskeyRefused: "passkey_refused",
    DestinationAdded: "destination_added",
    DestinationChanged: "destination_changed",
    DestinationDeleted: "destination_deleted",
    DestinationRestored: "destination_restored",
    DestinationSecret: "destination_secret",
});

/// A row that is to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub actor: Option<UserId>,
    pub actor_name: String,
    pub action: AuditAction,
    pub recording: Option<RecordingId>,
    /// What it was before and after, without secrets.
    pub detail: Value,
}

impl Entry {
    /// By who runs the program on the server's own machine.
    pub fn by_command_line(action: AuditAction, detail: Value) -> Self {
        Self {
            actor: None,
            actor_name: "aside-server".to_owned(),
            action,
            recording: None,
            detail,
        }
    }

    /// By the server itself.
    pub fn by_server(action: AuditAction, recording: RecordingId, detail: Value) -> Self {
        Self {
            recording: Some(recording),
            ..Self::by_command_line(action, detail)
        }
    }

    /// By somebody with an account.
    pub fn by(
        user: &User,
        action: AuditAction,
        recording: Option<RecordingId>,
        detail: Value,
    ) -> Self {
        Self {
            actor: Some(user.id),
            actor_name: user.name.clone(),
            action,
            recording,
            detail,
        }
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub action: Option<AuditAction>,
    pub actor: Option<UserId>,
    /// Not older.
    pub since: Option<Timestamp>,
    /// Older.
    pub until: Option<Timestamp>,
}

/// A row of `audit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// Ascending.
    pub seq: i64,
    pub at: Timestamp,
    pub actor: Option<UserId>,
    /// As it was then.
    pub actor_name: String,
    pub action: String,
    pub recording: Option<RecordingId>,
    pub detail: Value,
}

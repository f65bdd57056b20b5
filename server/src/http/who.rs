//! The policies of routes.

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody, and nobody is asked who they are: assets, health, the API's description.
    Open,
    /// Whoever holds the signed URL; cookies are not looked at.
    Capability,
    /// Everybody may knock; [`crate::domain::access::decide`] is asked about the recording that the handler gets.
    ByRecording,
    /// Everybody, and the answer depends on who asks.
    Anyone,
    /// Everybody may knock; a secret (password, device code) decides, not a cookie.
    BySecret,
    /// A person with an account.
    SignedIn,
    /// A person who may record: not a viewer.
    Recorder,
    /// A person who runs this server: an owner or an admin.
    Admin,
}

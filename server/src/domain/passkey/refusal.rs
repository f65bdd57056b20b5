//! Why a browser's answer does not count.

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefusal {
    #[error("The browser's answer cannot be read.")]
    Malformed,
    #[error("The browser's answer was made for another page.")]
    OtherSite,
    #[error(
        "Passkeys need a server with a name: open it by its name, not by the number of its address."
    )]
    NoName,
    #[error(
        "Your device did not make sure that it is you. Use one with a PIN, a fingerprint or a face."
    )]
    NotVerified,
    #[error("This kind of key is not known here. Use another device.")]
    Algorithm,
    #[error("This passkey was not accepted.")]
    Signature,
    #[error(
        "This passkey seems to be a copy: it counts fewer uses than were seen here. Sign in in another way, and remove it."
    )]
    Counter,
}

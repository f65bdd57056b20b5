//! How answers by mail come in: by which addresses, from a mailbox (IMAP), by a mail server on the way (LMTP).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use super::mail::{Security, is_here, percent_decoded};
use crate::domain::reply::{ReplyAddress, ReplyAddressError};

/// How answers by mail come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepliesConfig {
    pub address: ReplyAddress,
    /// A mailbox that is looked through.
    pub imap: Option<ImapConfig>,
    /// Where a mail server hands mails over.
    pub lmtp: Option<LmtpAddress>,
    /// Which mail server's word counts that a mail comes from the address it names.
    pub proved_by: Option<String>,
}

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapConfig {
    /// As it was given; without a password.
    pub url: Url,
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: String,
    pub password_file: PathBuf,
    pub folder: String,
}

/// Where LMTP is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LmtpAddress {
    Tcp(SocketAddr),
    Socket(PathBuf),
}

impl FromStr for LmtpAddress {
    type Err = std::net::AddrParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            return Ok(Self::Socket(text.into()));
        }
        text.parse().map(Self::Tcp)
    }
}

impl std::fmt::Display for LmtpAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Why answers cannot come in like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepliesConfigError {
    #[error("reply_address {0}: {1}")]
    Address(String, ReplyAddressError),
    #[error("reply_address without smtp: the address stands in mails, and none are sent")]
    NoMail,
    #[error("reply_address without reply_imap and reply_lmtp: answers would come in nowhere")]
    NoWayIn,
    #[error("{0} without reply_address: say what the addresses look like that people answer to")]
    NoAddress(&'static str),
    #[error(
        "reply_imap {0}: expected imaps://USER@HOST or imap://USER@HOST, with :PORT, /FOLDER and ?starttls=no where they are needed; the password stands in reply_imap_password_file"
    )]
    Imap(String),
    #[error("reply_imap: say reply_imap_password_file, a file that holds the password")]
    NoPassword,
    #[error(
        "reply_imap without TLS to another machine: the password would be sent in the clear; leave ?starttls=no out"
    )]
    InTheClear,
    #[error("reply_lmtp {0}: expected an address such as 127.0.0.1:2424, or the path of a socket")]
    Lmtp(String),
}

/// As they were given.
#[derive(Debug, Default)]
pub(super) struct Given<'g> {
    pub(super) address: Option<&'g str>,
    pub(super) imap: Option<&'g Url>,
    pub(super) imap_password_file: Option<PathBuf>,
    pub(super) lmtp: Option<&'g str>,
    pub(super) proved_by: Option<String>,
    /// Whether mails are sent.
    pub(super) mails: bool,
}

/// Reads the settings; none where mails are not answered.
pub(super) fn read(given: Given<'_>) -> Result<Option<RepliesConfig>, RepliesConfigError> {
    let Some(address) = given.address else {
        let without = |name| Err(RepliesConfigError::NoAddress(name));
        return match given {
            Given { imap: Some(_), .. } => without("reply_imap"),
            Given { lmtp: Some(_), .. } => without("reply_lmtp"),
            _ => Ok(None),
        };
    };
    if !given.mails {
        return Err(RepliesConfigError::NoMail);
    }
    let bad = |why| RepliesConfigError::Address(address.to_owned(), why);
    let address = address.parse().map_err(bad)?;
    let imap = given.imap.map(|url| mailbox(url, given.imap_password_file));
    let lmtp = given.lmtp.map(|text| {
        let bad = |_| RepliesConfigError::Lmtp(text.to_owned());
        text.parse().map_err(bad)
    });
    if imap.is_none() && lmtp.is_none() {
        return Err(RepliesConfigError::NoWayIn);
    }
    Ok(Some(RepliesConfig {
        address,
        imap: imap.transpose()?,
        lmtp: lmtp.transpose()?,
        proved_by: given.proved_by,
    }))
}

fn mailbox(url: &Url, password_file: Option<PathBuf>) -> Result<ImapConfig, RepliesConfigError> {
    let bad = || {
        let mut shown = url.clone();
        // Fails only for addresses that cannot have a password.
        let _ = shown.set_password(None);
        RepliesConfigError::Imap(shown.to_string())
    };
    let host = url.host().ok_or_else(bad)?;
    let (security, port) = match (url.scheme(), url.query()) {
        ("imaps", None) => (Security::Tls, 993),
        ("imap", None) => (Security::StartTls, 143),
        ("imap", Some("starttls=no")) => (Security::None, 143),
        _ => return Err(bad()),
    };
    let user = percent_decoded(url.username());
    if user.is_empty() || url.password().is_some() {
        return Err(bad());
    }
    if security == Security::None && !is_here(&host) {
        return Err(RepliesConfigError::InTheClear);
    }
    let folder = percent_decoded(url.path().trim_start_matches('/'));
    Ok(ImapConfig {
        url: url.clone(),
        host: match host {
            url::Host::Ipv6(address) => address.to_string(),
            host => host.to_string(),
        },
        port: url.port().unwrap_or(port),
        security,
        user,
        password_file: password_file.ok_or(RepliesConfigError::NoPassword)?,
        folder: if folder.is_empty() {
            "INBOX".to_owned()
        } else {
            folder
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(imap: &str) -> Result<Option<RepliesConfig>, RepliesConfigError> {
        let imap = Url::parse(imap).unwrap();
        read(Given {
            address: Some("reply+{token}@example.org"),
            imap: Some(&imap),
            imap_password_file: Some("/etc/aside/imap".into()),
            mails: true,
            ..Given::default()
        })
    }

    #[test]
    fn a_mailbox_is_named_by_an_address() {
        let it = with("imaps://me%40example.org@mail.example.org/Aside").unwrap();
        let it = it.unwrap().imap.unwrap();
        assert_eq!(
            (&*it.user, &*it.folder, it.port, it.security),
            ("me@example.org", "Aside", 993, Security::Tls)
        );
        let it = with("imap://me@127.0.0.1:1143?starttls=no").unwrap();
        let it = it.unwrap().imap.unwrap();
        assert_eq!((&*it.folder, it.port), ("INBOX", 1143));
        let clear = with("imap://me@mail.example.org?starttls=no");
        assert_eq!(clear, Err(RepliesConfigError::InTheClear));
        for bad in [
            "https://me@mail.example.org",
            "imaps://mail.example.org",
            "imaps://me:secret@mail.example.org",
        ] {
            let error = with(bad).unwrap_err();
            assert!(matches!(error, RepliesConfigError::Imap(_)), "{bad}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn answers_need_an_address_mails_and_a_way_in() {
        let given = |address, lmtp, mails| {
            read(Given {
                address,
                lmtp,
                mails,
                ..Given::default()
            })
        };
        let address = Some("reply+{token}@example.org");
        let lmtp = Some("127.0.0.1:2424");
        assert!(given(address, lmtp, true).unwrap().is_some());
        assert!(given(address, Some("/run/aside/lmtp"), true).is_ok());
        assert_eq!(given(None, None, true), Ok(None));
        assert_eq!(
            given(None, lmtp, true),
            Err(RepliesConfigError::NoAddress("reply_lmtp"))
        );
        assert_eq!(given(address, None, true), Err(RepliesConfigError::NoWayIn));
        assert_eq!(given(address, lmtp, false), Err(RepliesConfigError::NoMail));
        assert!(matches!(
            given(address, Some("here"), true),
            Err(RepliesConfigError::Lmtp(_))
        ));
        assert!(matches!(
            given(Some("reply@example.org"), lmtp, true),
            Err(RepliesConfigError::Address(..))
        ));
    }
}

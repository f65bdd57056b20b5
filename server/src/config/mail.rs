//! How mails are sent: a mail server (SMTP), and who they are from.

use std::path::PathBuf;

use url::{Host, Url};

/// A mail server, and what is said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// As it was given; without a password.
    pub url: Url,
    pub host: String,
    /// None: the usual one of `security`.
    pub port: Option<u16>,
    pub security: Security,
    /// Who signs in there, and the file that holds the password.
    pub login: Option<(String, PathBuf)>,
    /// Such as `Aside <aside@example.org>`.
    pub from: String,
    /// Where people reach this server: links in mails begin with it.
    pub public_url: Url,
    /// Most mails about notices a minute, of each worker process; none: as many as the mail server takes.
    pub rate: Option<u32>,
}

/// How the line to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (`smtps://`, port 465).
    Tls,
    /// STARTTLS, without which nothing is sent (`smtp://`, port 587).
    StartTls,
    /// None (`smtp://…?starttls=no`, port 25).
    None,
}

/// Why mails cannot be sent like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailConfigError {
    #[error(
        "smtp {0}: expected smtps://HOST or smtp://HOST, with USER@, :PORT and ?starttls=no where they are needed; the password stands in smtp_password_file"
    )]
    Address(String),
    #[error("smtp without public_url: links in mails must say where people reach this server")]
    NoPublicUrl,
    #[error(
        "smtp without mail_from: say who mails are from, such as \"Aside <aside@example.org>\""
    )]
    NoSender,
    #[error("mail_from {0}: expected an address, such as \"Aside <aside@example.org>\"")]
    Sender(String),
    #[error("smtp names a user: say smtp_password_file, a file that holds the password")]
    NoPassword,
    #[error(
        "smtp without TLS to another machine: the password would be sent in the clear; leave ?starttls=no out"
    )]
    InTheClear,
}

/// Reads the settings; none where no mail server is named.
pub(super) fn read(
    smtp: Option<&Url>,
    password_file: Option<PathBuf>,
    from: Option<&str>,
    public_url: Option<&Url>,
    rate: Option<u32>,
) -> Result<Option<MailConfig>, MailConfigError> {
    let Some(url) = smtp else {
        return Ok(None);
    };
    let bad = || {
        let mut shown = url.clone();
        // Fails only for addresses that cannot have a password.
        let _ = shown.set_password(None);
        MailConfigError::Address(shown.to_string())
    };
    let host = url.host().ok_or_else(bad)?;
    let security = match (url.scheme(), url.query()) {
        ("smtps", None) => Security::Tls,
        ("smtp", None) => Security::StartTls,
        ("smtp", Some("starttls=no")) => Security::None,
        _ => return Err(bad()),
    };
    let fits = matches!(url.path(), "" | "/") && url.password().is_none();
    if !fits {
        return Err(bad());
    }
    let user = percent_decoded(url.username());
    let login = match (user.is_empty(), password_file) {
        (true, _) => None,
        (false, None) => return Err(MailConfigError::NoPassword),
        (false, Some(_)) if security == Security::None && !is_here(&host) => {
            return Err(MailConfigError::InTheClear);
        }
        (false, Some(file)) => Some((user, file)),
    };
    let from = from.ok_or(MailConfigError::NoSender)?;
    if from.parse::<lettre::message::Mailbox>().is_err() {
        return Err(MailConfigError::Sender(from.to_owned()));
    }
    Ok(Some(MailConfig {
        url: url.clone(),
        host: match host {
            Host::Ipv6(address) => address.to_string(),
            host => host.to_string(),
        },
        port: url.port(),
        security,
        login,
        from: from.to_owned(),
        public_url: public_url.ok_or(MailConfigError::NoPublicUrl)?.clone(),
        rate,
    }))
}

pub(super) fn percent_decoded(text: &str) -> String {
    // As the value of a form, but for the plus sign, which stands for itself here.
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Whether it is this machine.
pub(super) fn is_here(host: &Host<&str>) -> bool {
    match host {
        // The parser knows numbers as addresses in some schemes only.
        Host::Domain(name) => {
            let address = name.parse::<std::net::IpAddr>();
            *name == "localhost" || address.is_ok_and(|it| it.is_loopback())
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(smtp: &str, password: bool) -> Result<Option<MailConfig>, MailConfigError> {
        let public = Url::parse("https://aside.example.org").unwrap();
        let file = password.then(|| PathBuf::from("/etc/aside/smtp"));
        let smtp = Url::parse(smtp).unwrap();
        read(
            Some(&smtp),
            file,
            Some("Aside <a@example.org>"),
            Some(&public),
            Some(120),
        )
    }

    #[test]
    fn the_address_says_how_the_line_is_protected() {
        let table = [
            ("smtps://mail.example.org", Security::Tls, None),
            ("smtp://mail.example.org:587", Security::StartTls, Some(587)),
            (
                "smtp://127.0.0.1:2525?starttls=no",
                Security::None,
                Some(2525),
            ),
        ];
        for (url, security, port) in table {
            let read = with(url, false).unwrap().unwrap();
            assert_eq!((read.security, read.port), (security, port), "{url}");
        }
        for bad in [
            "https://mail.example.org",
            "smtp://mail.example.org?starttls=maybe",
            "smtps://mail.example.org/path",
            "smtps://me:secret@mail.example.org",
        ] {
            let error = with(bad, true).unwrap_err();
            assert!(matches!(error, MailConfigError::Address(_)), "{bad}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_password_comes_from_a_file_and_is_never_sent_in_the_clear() {
        let url = "smtps://me%40example.org@mail.example.org";
        let (user, file) = with(url, true).unwrap().unwrap().login.unwrap();
        assert_eq!(
            (user.as_str(), file.to_str().unwrap()),
            ("me@example.org", "/etc/aside/smtp")
        );
        assert_eq!(with(url, false), Err(MailConfigError::NoPassword));
        let clear = "smtp://me@mail.example.org?starttls=no";
        assert_eq!(with(clear, true), Err(MailConfigError::InTheClear));
        assert!(with("smtp://me@127.0.0.1?starttls=no", true).is_ok());
    }

    #[test]
    fn mails_need_a_sender_and_a_server_that_can_be_linked_to() {
        let smtp = Url::parse("smtps://mail.example.org").unwrap();
        let public = Url::parse("https://aside.example.org").unwrap();
        let from = |from| read(Some(&smtp), None, from, Some(&public), None);
        assert_eq!(from(None), Err(MailConfigError::NoSender));
        assert!(matches!(
            from(Some("nobody")),
            Err(MailConfigError::Sender(_))
        ));
        let unlinked = read(Some(&smtp), None, Some("a@example.org"), None, None);
        assert_eq!(unlinked, Err(MailConfigError::NoPublicUrl));
        assert_eq!(read(None, None, None, None, None), Ok(None));
    }
}

//! The line to the mail server: SMTP by `lettre`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aside_protocol::id::MailId;
use aside_protocol::text::line;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use url::Url;

use crate::config::mail::{MailConfig, Security};
use crate::domain::mail::Letter;
use crate::domain::notice_mail::{NoticeLetter, picture_id};
use crate::domain::page_language::PageLanguage;
use crate::domain::rate::Rate;
use crate::domain::server_look::ServerLook;
use crate::domain::texts::texts;

/// For each answer of the mail server.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends mails; cheap to clone.
#[derive(Debug, Clone)]
pub struct SmtpClient {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The server's own address, for the foot of a mail.
    server: String,
    /// Behind the `@` of message ids.
    host: String,
    public: Url,
    /// When the next mail about notices may go.
    rate: Arc<Mutex<Rate>>,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("cannot read {path}: {cause}")]
    PasswordFile {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("the settings of the mail server: {0}")]
    Settings(String),
    /// No repetition would help.
    #[error("this mail cannot be sent: {0}")]
    Refused(String),
    /// The mail server cannot be reached, or does not take mails now.
    #[error("the mail server: {0}")]
    Away(String),
}

/// RFC 2369 and RFC 8058: the mail program turns such mails off.
const LIST_UNSUBSCRIBE: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe");
const LIST_UNSUBSCRIBE_POST: HeaderName = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");
/// RFC 3834: nobody's program answers it.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
/// RFC 3282: in which language it is written.
const CONTENT_LANGUAGE: HeaderName = HeaderName::new_from_ascii_str("Content-Language");

/// What a mail server answers where it does not know us: a matter of settings, not of the mail.
const NOT_SIGNED_IN: [u16; 4] = [530, 534, 535, 538];

impl SmtpClient {
    /// Reads the password; connects to nobody yet.
    pub fn open(config: &MailConfig) -> Result<Self, MailError> {
        let settings = |cause: &dyn std::fmt::Display| MailError::Settings(cause.to_string());
        let tls = || TlsParameters::new(config.host.clone()).map_err(|e| settings(&e));
        let (tls, port) = match config.security {
            Security::Tls => (Tls::Wrapper(tls()?), 465),
            Security::StartTls => (Tls::Required(tls()?), 587),
            Security::None => (Tls::None, 25),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(TIMEOUT));
        if let Some((user, path)) = &config.login {
            let password =
                std::fs::read_to_string(path).map_err(|cause| MailError::PasswordFile {
                    path: path.clone(),
                    cause,
                })?;
            let password = password.trim_end_matches(['\n', '\r']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let host = config.public_url.host_str().unwrap_or("aside.invalid");
        Ok(Self {
            transport: builder.build(),
            from: config.from.parse().map_err(|e| settings(&e))?,
            server: config.public_url.origin().ascii_serialization(),
            host: host.to_owned(),
            public: config.public_url.clone(),
            rate: Arc::new(Mutex::new(Rate::per_minute(config.rate))),
        })
    }

    /// Where people reach the server.
    pub const fn public(&self) -> &Url {
        &self.public
    }

    /// Connects, says hello and signs in; sends nothing.
    pub async fn greet(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Away("it hung up".to_owned())),
            Err(error) => Err(MailError::Away(chain(&error))),
        }
    }

    /// Sends a mail. The same `id` makes the same `Message-ID`, by which mail systems know a mail that was sent twice
    /// because the answer to the first got lost.
    pub async fn send(
        &self,
        id: MailId,
        letter: &Letter,
        look: &ServerLook,
    ) -> Result<(), MailError> {
        let refused = |cause: &dyn std::fmt::Display| MailError::Refused(cause.to_string());
        let to: Address = letter.to.as_str().parse().map_err(|e| refused(&e))?;
        let foot = self.foot(look, letter.language);
        let body = MultiPart::alternative_plain_html(letter.text(&foot), letter.html(&foot));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            // A line break would begin another field.
            .subject(line(&letter.subject))
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .raw_header(content_language(letter.language))
            .raw_header(HeaderValue::new(
                AUTO_SUBMITTED,
                "auto-generated".to_owned(),
            ))
            .multipart(body)
            .map_err(|e| refused(&e))?;
        self.hand_over(message).await
    }

    /// Sends a mail about notices. Those of one thread refer to one message that never was, by which mail programs keep them
    /// together (RFC 5322 §3.6.4).
    pub async fn send_notices(
        &self,
        letter: &NoticeLetter,
        look: &ServerLook,
    ) -> Result<(), MailError> {
        let refused = |cause: &dyn std::fmt::Display| MailError::Refused(cause.to_string());
        let to: Address = letter.to.as_str().parse().map_err(|e| refused(&e))?;
        let foot = self.foot(look, letter.language);
        let (text, html) = (letter.text(&foot), letter.html(&foot, look.accent()));
        let body = if letter.pictures.is_empty() {
            MultiPart::alternative_plain_html(text, html)
        } else {
            let jpeg = ContentType::parse("image/jpeg").map_err(|e| refused(&e))?;
            let mut related = MultiPart::related().singlepart(SinglePart::html(html));
            for (number, picture) in letter.pictures.iter().enumerate() {
                let picture =
                    Attachment::new_inline(picture_id(number)).body(picture.clone(), jpeg.clone());
                related = related.singlepart(picture);
            }
            MultiPart::alternative()
                .singlepart(SinglePart::plain(text))
                .multipart(related)
        };
        let off = format!("<{}>", letter.off);
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(line(&letter.subject()))
            .message_id(Some(format!("<{}@{}>", letter.id, self.host)))
            .raw_header(content_language(letter.language))
            .raw_header(HeaderValue::new(LIST_UNSUBSCRIBE, off))
            .raw_header(HeaderValue::new(
                LIST_UNSUBSCRIBE_POST,
                "List-Unsubscribe=One-Click".to_owned(),
            ))
            .raw_header(HeaderValue::new(
                AUTO_SUBMITTED,
                "auto-generated".to_owned(),
            ));
        if let Some(address) = &letter.reply_to {
            let address: Address = address.parse().map_err(|e| refused(&e))?;
            message = message.reply_to(Mailbox::new(None, address));
        }
        if let Some(thread) = letter.thread {
            let root = format!("<thread.{thread}@{}>", self.host);
            message = message.in_reply_to(root.clone()).references(root);
        }
        let message = message.multipart(body).map_err(|e| refused(&e))?;
        self.hand_over(message).await
    }

    /// Who sends it, at the foot of a mail.
    fn foot(&self, look: &ServerLook, language: PageLanguage) -> String {
        texts(language).foot(look.name(), &self.server)
    }

    /// How long the next mail about notices has to wait; `now` is of a clock that never jumps.
    pub fn turn(&self, now: Duration) -> Duration {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        rate.turn(now)
    }

    async fn hand_over(&self, message: Message) -> Result<(), MailError> {
        let sent = self.transport.send(message).await;
        sent.map(|_| ()).map_err(|error| {
            let code = error.status().map(u16::from);
            let ours = code.is_some_and(|code| NOT_SIGNED_IN.contains(&code));
            if error.is_permanent() && !ours {
                MailError::Refused(chain(&error))
            } else {
                MailError::Away(chain(&error))
            }
        })
    }
}

impl MailError {
    /// Whether a repetition may help.
    pub const fn is_outage(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

fn content_language(language: PageLanguage) -> HeaderValue {
    HeaderValue::new(CONTENT_LANGUAGE, language.tag().to_owned())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

//! The line to the mailbox where answers arrive: IMAP (RFC 3501, RFC 2177) by `async-imap`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::{Fetch, Flag};
use async_imap::{Client, Session};
use futures_util::TryStreamExt as _;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config::mail::Security;
use crate::config::replies::ImapConfig;

/// For each answer of the mail server.
const TIMEOUT: Duration = Duration::from_secs(60);
/// For a mail: the largest that is taken, on a line of 350 kbit/s.
const MAIL_PATIENCE: Duration = Duration::from_secs(600);
/// A mailbox that tells of what arrives is looked through after this all the same: word may be lost, and the line.
const IDLE_FOR: Duration = Duration::from_secs(5 * 60);
/// One that does not tell is looked through after this.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Set on what is left there, so that it is not looked at again.
const LEFT: &str = "$AsideLeft";
/// Of a mail that is too large, so much is fetched: its fields.
const BEGINNING: usize = 64 * 1024;

/// Signs in to one mailbox. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ImapClient {
    config: Arc<ImapConfig>,
    password: Arc<str>,
}

/// Why a mailbox cannot be looked through.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    #[error("cannot read {path}: {cause}")]
    PasswordFile {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("the mailbox: {0}")]
    Away(String),
}

impl From<async_imap::error::Error> for ImapError {
    fn from(cause: async_imap::error::Error) -> Self {
        Self::Away(cause.to_string())
    }
}

trait Line: AsyncRead + AsyncWrite + Unpin + std::fmt::Debug + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + std::fmt::Debug + Send> Line for T {}

/// A mailbox that is open.
#[derive(Debug)]
pub struct Mailbox {
    session: Session<Box<dyn Line>>,
    /// What is set on mails that are left: of ours, or that they were seen where the mailbox takes no other mark.
    left: &'static str,
    tells: bool,
    expunges_one: bool,
}

/// A mail, or the beginning of one that is too large.
#[derive(Debug)]
pub struct Fetched {
    pub raw: Vec<u8>,
    /// Of all of it, in octets.
    pub size: usize,
}

impl ImapClient {
    /// Reads the password; connects to nobody yet.
    pub fn open(config: &ImapConfig) -> Result<Self, ImapError> {
        let path = &config.password_file;
        let password = std::fs::read_to_string(path).map_err(|cause| ImapError::PasswordFile {
            path: path.clone(),
            cause,
        })?;
        Ok(Self {
            config: Arc::new(config.clone()),
            password: password.trim_end_matches(['\n', '\r']).into(),
        })
    }

    /// Connects, signs in and opens the folder.
    pub async fn connect(&self) -> Result<Mailbox, ImapError> {
        within(Box::pin(self.connected())).await
    }

    async fn connected(&self) -> Result<Mailbox, ImapError> {
        let config = &self.config;
        let away = |cause: &dyn std::fmt::Display| ImapError::Away(cause.to_string());
        let stream = TcpStream::connect((&*config.host, config.port))
            .await
            .map_err(|e| away(&e))?;
        let line: Box<dyn Line> = match config.security {
            Security::None => Box::new(stream),
            Security::Tls => self.protected(stream).await?,
            Security::StartTls => {
                let mut client = Client::new(stream);
                greeting(&mut client).await?;
                client.run_command_and_check_ok("STARTTLS", None).await?;
                self.protected(client.into_inner()).await?
            }
        };
        let mut client = Client::new(line);
        if config.security != Security::StartTls {
            greeting(&mut client).await?;
        }
        let signed_in = client.login(&config.user, &*self.password).await;
        let mut session = signed_in.map_err(|(cause, _)| cause)?;
        let able = session.capabilities().await?;
        let folder = session.select(&config.folder).await?;
        let marks = folder.permanent_flags.iter().any(|flag| match flag {
            Flag::MayCreate => true,
            Flag::Custom(name) => name.eq_ignore_ascii_case(LEFT),
            _ => false,
        });
        Ok(Mailbox {
            session,
            left: if marks { LEFT } else { "\\Seen" },
            tells: able.has_str("IDLE"),
            expunges_one: able.has_str("UIDPLUS"),
        })
    }

    async fn protected(&self, stream: TcpStream) -> Result<Box<dyn Line>, ImapError> {
        let away = |cause: &dyn std::fmt::Display| ImapError::Away(cause.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let settings = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|it| it.with_platform_verifier())
            .map_err(|e| away(&e))?
            .with_no_client_auth();
        let name = self.config.host.clone().try_into();
        let name = name.map_err(|e: rustls::pki_types::InvalidDnsNameError| away(&e))?;
        let connector = TlsConnector::from(Arc::new(settings));
        let stream = connector.connect(name, stream).await;
        Ok(Box::new(stream.map_err(|e| away(&e))?))
    }
}

async fn greeting<T>(client: &mut Client<T>) -> Result<(), ImapError>
where
    T: AsyncRead + AsyncWrite + Unpin + std::fmt::Debug + Send,
{
    match client.read_response().await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(ImapError::Away("it hung up".to_owned())),
        Err(cause) => Err(ImapError::Away(cause.to_string())),
    }
}

async fn within<T>(work: impl Future<Output = Result<T, ImapError>>) -> Result<T, ImapError> {
    for_at_most(TIMEOUT, work).await
}

async fn for_at_most<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, ImapError>>,
) -> Result<T, ImapError> {
    let late = |_| ImapError::Away(format!("no answer within {} s", patience.as_secs()));
    tokio::time::timeout(patience, work).await.map_err(late)?
}

impl Mailbox {
    /// Mails that were not looked at, the oldest first.
    pub async fn new_mails(&mut self) -> Result<Vec<u32>, ImapError> {
        let query = match self.left {
            LEFT => format!("UNDELETED UNKEYWORD {LEFT}"),
            _ => "UNDELETED UNSEEN".to_owned(),
        };
        let found = within(async { Ok(self.session.uid_search(query).await?) }).await?;
        let mut found: Vec<u32> = found.into_iter().collect();
        found.sort_unstable();
        Ok(found)
    }

    /// A mail, if it is still there; of one with more octets than `most`, its beginning.
    pub async fn fetch(&mut self, uid: u32, most: usize) -> Result<Option<Fetched>, ImapError> {
        let Some(size) = self.get(uid, "RFC822.SIZE").await?.and_then(|it| it.size) else {
            return Ok(None);
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let query = if size > most {
            format!("BODY.PEEK[]<0.{BEGINNING}>")
        } else {
            "BODY.PEEK[]".to_owned()
        };
        let got = self.get(uid, &query).await?;
        let raw = got.and_then(|it| it.body().map(<[u8]>::to_vec));
        Ok(raw.map(|raw| Fetched { raw, size }))
    }

    async fn get(&mut self, uid: u32, what: &str) -> Result<Option<Fetch>, ImapError> {
        let query = format!("(UID {what})");
        let all = for_at_most(MAIL_PATIENCE, async {
            let stream = self.session.uid_fetch(uid.to_string(), query).await?;
            Ok(stream.try_collect::<Vec<Fetch>>().await?)
        });
        Ok(all.await?.into_iter().find(|it| it.uid == Some(uid)))
    }

    /// Takes a mail out of the mailbox.
    pub async fn remove(&mut self, uid: u32) -> Result<(), ImapError> {
        self.mark(uid, "\\Deleted").await?;
        let uid = uid.to_string();
        within(async {
            if self.expunges_one {
                let gone = self.session.uid_expunge(uid).await?;
                gone.try_collect::<Vec<u32>>().await?;
            } else {
                let gone = self.session.expunge().await?;
                gone.try_collect::<Vec<u32>>().await?;
            }
            Ok(())
        })
        .await
    }

    /// Leaves a mail where it is; it is not looked at again.
    pub async fn leave(&mut self, uid: u32) -> Result<(), ImapError> {
        self.mark(uid, self.left).await
    }

    async fn mark(&mut self, uid: u32, flag: &str) -> Result<(), ImapError> {
        let query = format!("+FLAGS ({flag})");
        within(async {
            let stream = self.session.uid_store(uid.to_string(), query).await?;
            stream.try_collect::<Vec<Fetch>>().await?;
            Ok(())
        })
        .await
    }

    /// Waits until something arrives, or for a while and no longer than `most`, or until `stop`.
    pub async fn wait(
        self,
        most: Option<Duration>,
        stop: impl Future<Output = ()>,
    ) -> Result<Self, ImapError> {
        let at_most = |usual: Duration| most.map_or(usual, |most| most.min(usual));
        if !self.tells {
            tokio::select! {
                () = tokio::time::sleep(at_most(LOOK_AGAIN)) => {}
                () = stop => {}
            }
            return Ok(self);
        }
        let mut idle = self.session.idle();
        within(async { Ok(idle.init().await?) }).await?;
        {
            let (told, _stopped) = idle.wait_with_timeout(at_most(IDLE_FOR));
            tokio::select! {
                told = told => { told?; }
                () = stop => {}
            }
        }
        let session = within(async { Ok(idle.done().await?) }).await?;
        Ok(Self { session, ..self })
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // The line may be gone already.
        let _ = within(async { Ok(self.session.logout().await?) }).await;
    }
}

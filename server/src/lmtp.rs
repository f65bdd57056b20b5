//! Takes mails from a mail server on the way: LMTP (RFC 2033), of which the requests are read by `smtp-proto`.
//!
//! It knows whether an address is ours before a mail is sent, and answers each recipient after the mail was looked at: what could not be
//! written down comes again.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use smtp_proto::request::receiver::{DataReceiver, RequestReceiver};
use smtp_proto::{Error, Request};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::config::replies::LmtpAddress;
use crate::service::replies::{Arrived, MAX_OCTETS, Replies, Taken};

/// At once.
const MAX_CONNECTIONS: usize = 32;
/// Mails that are held and looked at, at once.
const MAX_MAILS: usize = 4;
/// Recipients of one mail.
const MAX_RECIPIENTS: usize = 20;
/// Octets of a piece that is read from the line.
const PIECE: usize = 16 * 1024;
/// A mail server that says nothing for so long is gone (RFC 5321 §4.5.3.2.7).
const TIMEOUT: Duration = Duration::from_secs(300);
/// One that was just called says hello within this.
const GREETING: Duration = Duration::from_secs(10);
/// After which a connection is looked for again where none could be accepted.
const PAUSE: Duration = Duration::from_millis(200);

/// Where it is listened.
#[derive(Debug)]
pub enum Listener {
    Tcp(TcpListener),
    Socket(UnixListener),
}

impl Listener {
    /// Listens there. A socket that a program left behind is replaced.
    pub async fn bind(address: &LmtpAddress) -> std::io::Result<Self> {
        match address {
            LmtpAddress::Tcp(address) => Ok(Self::Tcp(TcpListener::bind(address).await?)),
            LmtpAddress::Socket(path) => {
                let left = UnixStream::connect(path).await;
                if left.is_err_and(|it| it.kind() == std::io::ErrorKind::ConnectionRefused) {
                    std::fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                // Its group: the mail server.
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
                Ok(Self::Socket(listener))
            }
        }
    }

    /// Where it is listened.
    pub fn address(&self) -> std::io::Result<LmtpAddress> {
        match self {
            Self::Tcp(listener) => Ok(LmtpAddress::Tcp(listener.local_addr()?)),
            Self::Socket(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().unwrap_or_else(|| "".as_ref());
                Ok(LmtpAddress::Socket(path.to_owned()))
            }
        }
    }

    async fn accept(&self) -> std::io::Result<Box<dyn Line>> {
        Ok(match self {
            Self::Tcp(listener) => Box::new(listener.accept().await?.0),
            Self::Socket(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

/// Asks whether somebody takes mails there.
pub async fn greet(address: &LmtpAddress) -> std::io::Result<()> {
    let mut line: Box<dyn Line> = match address {
        LmtpAddress::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        LmtpAddress::Socket(path) => Box::new(UnixStream::connect(path).await?),
    };
    let mut said = [0; 4];
    let read = line.read_exact(&mut said);
    let read = tokio::time::timeout(GREETING, read).await;
    read.map_err(std::io::Error::other)??;
    line.write_all(b"QUIT\r\n").await?;
    match &said {
        b"220 " | b"220-" => Ok(()),
        _ => Err(std::io::Error::other("it does not speak LMTP")),
    }
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// Answers mail servers until `leaving` is cancelled.
pub async fn serve(listener: Listener, replies: Replies, leaving: CancellationToken) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mails = Arc::new(Semaphore::new(MAX_MAILS));
    let mut sessions = tokio::task::JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = leaving.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(line) => {
                let Ok(place) = room.clone().acquire_owned().await else {
                    break;
                };
                let (replies, leaving) = (replies.clone(), leaving.clone());
                let mails = Arc::clone(&mails);
                sessions.spawn(async move {
                    let session = Box::pin(Session::new(line, replies, mails, leaving).run());
                    if let Err(cause) = session.await {
                        tracing::debug!(%cause, "a mail server hung up: {cause}");
                    }
                    drop(place);
                });
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot accept a connection (LMTP): {cause}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    // What is being written down is written down.
    while sessions.join_next().await.is_some() {}
}

/// One connection.
struct Session {
    line: Box<dyn Line>,
    replies: Replies,
    mails: Arc<Semaphore>,
    leaving: CancellationToken,
    greeted: bool,
    /// Whether the mail is from nobody; none: no mail was begun.
    from_nobody: Option<bool>,
    to: Vec<String>,
}

/// What a mail server is told that it may send.
const _: () = assert!(MAX_OCTETS == 26_214_400);

enum After {
    Answer(&'static str),
    Data,
    Quit,
}

impl Session {
    fn new(
        line: Box<dyn Line>,
        replies: Replies,
        mails: Arc<Semaphore>,
        leaving: CancellationToken,
    ) -> Self {
        Self {
            line,
            replies,
            mails,
            leaving,
            greeted: false,
            from_nobody: None,
            to: Vec::new(),
        }
    }

    async fn run(mut self) -> std::io::Result<()> {
        self.say("220 Aside LMTP").await?;
        let mut requests = RequestReceiver::default();
        let mut piece = vec![0; PIECE];
        loop {
            let read = self.read(&mut piece).await?;
            if read == 0 {
                return Ok(());
            }
            let mut bytes = piece.get(..read).unwrap_or_default().iter();
            loop {
                let request = match requests.ingest(&mut bytes) {
                    Ok(request) => Ok(request.into_owned()),
                    Err(Error::NeedsMoreData { .. }) => break,
                    Err(error) => Err(error),
                };
                let after = match request {
                    Ok(request) => self.obey(request).await,
                    Err(Error::ResponseTooLong) => {
                        self.say("500 5.5.2 That line is too long").await?;
                        return Ok(());
                    }
                    Err(Error::UnknownCommand) => After::Answer("500 5.5.1 Not known"),
                    Err(_) => After::Answer("501 5.5.4 Not understood"),
                };
                match after {
                    After::Answer(text) => self.say(text).await?,
                    After::Quit => return self.say("221 2.0.0 Bye").await,
                    After::Data => {
                        let mails = Arc::clone(&self.mails);
                        let _place = tokio::select! {
                            place = mails.acquire() => place,
                            () = self.leaving.cancelled() => return Ok(()),
                        };
                        self.say("354 Go on; end with a line that is a dot").await?;
                        let rest: Vec<u8> = bytes.copied().collect();
                        let Some(left) = self.data(&rest, &mut piece).await? else {
                            return Ok(());
                        };
                        // What was sent along with it are the next requests.
                        let begin = piece.len().min(left.len());
                        if let (Some(to), Some(from)) = (piece.get_mut(..begin), left.get(..begin))
                        {
                            to.copy_from_slice(from);
                        }
                        bytes = piece.get(..begin).unwrap_or_default().iter();
                    }
                }
            }
        }
    }

    async fn obey(&mut self, request: Request<String>) -> After {
        match request {
            Request::Lhlo { .. } => {
                self.greeted = true;
                self.reset();
                After::Answer(
                    "250-Aside\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 26214400",
                )
            }
            Request::Ehlo { .. } | Request::Helo { .. } => {
                After::Answer("500 5.5.1 This is LMTP: say LHLO")
            }
            Request::Mail { .. } if !self.greeted => After::Answer("503 5.5.1 Say LHLO first"),
            Request::Mail { .. } if self.from_nobody.is_some() => {
                After::Answer("503 5.5.1 One mail after the other")
            }
            Request::Mail { from } if from.size > MAX_OCTETS => {
                After::Answer("552 5.3.4 That mail is too large")
            }
            Request::Mail { from } => {
                self.from_nobody = Some(from.address.is_empty());
                After::Answer("250 2.1.0 Ok")
            }
            Request::Rcpt { .. } if self.from_nobody.is_none() => {
                After::Answer("503 5.5.1 Say MAIL first")
            }
            Request::Rcpt { .. } if self.to.len() >= MAX_RECIPIENTS => {
                After::Answer("452 4.5.3 Too many recipients")
            }
            Request::Rcpt { to } => match self.replies.knows(&to.address).await {
                Ok(true) => {
                    self.to.push(to.address);
                    After::Answer("250 2.1.5 Ok")
                }
                Ok(false) => After::Answer("550 5.1.1 There is no such address"),
                Err(cause) => After::Answer(later(&cause)),
            },
            Request::Data if self.to.is_empty() => After::Answer("503 5.5.1 Say RCPT first"),
            Request::Data => After::Data,
            Request::Rset => {
                self.reset();
                After::Answer("250 2.0.0 Ok")
            }
            Request::Noop { .. } => After::Answer("250 2.0.0 Ok"),
            Request::Vrfy { .. } => After::Answer("252 2.1.5 Send it and see"),
            Request::Quit => After::Quit,
            _ => After::Answer("502 5.5.1 Not done here"),
        }
    }

    /// Takes a mail in and answers for each recipient (RFC 2033 §4.2). What came behind it; none: the other side hung up.
    async fn data(&mut self, first: &[u8], piece: &mut [u8]) -> std::io::Result<Option<Vec<u8>>> {
        let mut receiver = DataReceiver::new();
        let (mut raw, mut size) = (Vec::new(), 0_usize);
        let mut whole = None;
        let mut bytes = first.iter();
        loop {
            let before = raw.len();
            if receiver.ingest(&mut bytes, &mut raw) {
                size += raw.len().saturating_sub(before);
                whole = Some(bytes.copied().collect());
            } else {
                size += raw.len().saturating_sub(before);
            }
            // Of what is too large the beginning is kept: its fields.
            raw.truncate(MAX_OCTETS + 1);
            if whole.is_some() {
                break;
            }
            let read = self.read(piece).await?;
            if read == 0 {
                return Ok(None);
            }
            bytes = piece.get(..read).unwrap_or_default().iter();
        }
        let (to, from_nobody) = (std::mem::take(&mut self.to), self.from_nobody == Some(true));
        self.reset();
        for to in &to {
            let mail = Arrived {
                raw: &raw,
                size,
                to: Some(to),
                from_nobody,
            };
            let answer = match Box::pin(self.replies.take(mail)).await {
                Ok(Taken::NotOurs) => "550 5.1.1 There is no such address",
                Ok(_) => "250 2.0.0 Taken",
                Err(cause) => later(&cause),
            };
            self.say(answer).await?;
        }
        Ok(whole)
    }

    fn reset(&mut self) {
        self.from_nobody = None;
        self.to.clear();
    }

    async fn read(&mut self, piece: &mut [u8]) -> std::io::Result<usize> {
        tokio::select! {
            read = tokio::time::timeout(TIMEOUT, self.line.read(piece)) => {
                read.unwrap_or(Ok(0))
            }
            () = self.leaving.cancelled() => Ok(0),
        }
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.line
            .write_all(format!("{text}\r\n").as_bytes())
            .await?;
        self.line.flush().await
    }
}

fn later(cause: &dyn std::fmt::Display) -> &'static str {
    tracing::warn!(%cause, "an answer by mail waits at the mail server: {cause}");
    "451 4.3.0 Come again later"
}

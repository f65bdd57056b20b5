//! A mail server for tests: real SMTP (RFC 5321) over TCP, for the client that is tested. It keeps what it took, and can refuse
//! or break off.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::TestApp;
use crate::config::mail::{MailConfig, Security};
use crate::jobs::worker::Worker;
use crate::jobs::{ModelState, Tools};
use crate::mail::SmtpClient;

/// What it does with the next mail instead of taking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers the recipient with this code.
    Refuse(u16),
    /// Takes the mail and hangs up without a word.
    HangUp,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The envelope's.
    pub to: String,
    /// Head and body as they came.
    pub raw: String,
}

#[derive(Debug, Default)]
struct Inbox {
    mails: Mutex<Vec<Received>>,
    faults: Mutex<VecDeque<Fault>>,
    arrived: Notify,
}

/// Runs until it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    inbox: Arc<Inbox>,
    task: JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let inbox = Arc::new(Inbox::default());
        let taken = inbox.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let inbox = taken.clone();
                tokio::spawn(async move {
                    // A client that hangs up is no failure of the test.
                    let _ = talk(stream, &inbox).await;
                });
            }
        });
        Self {
            address,
            inbox,
            task,
        }
    }

    /// Settings that send by it, for a server that people reach at `https://aside.test`.
    pub fn settings(&self) -> MailConfig {
        MailConfig {
            url: self.url().parse().expect("an address"),
            host: self.address.ip().to_string(),
            port: Some(self.address.port()),
            security: Security::None,
            login: None,
            from: "Aside <aside@aside.test>".to_owned(),
            public_url: "https://aside.test".parse().expect("an address"),
            rate: None,
        }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}?starttls=no", self.address)
    }

    /// Does this instead of taking the next mail.
    pub fn fail_next(&self, fault: Fault) {
        self.inbox.faults.lock().expect("faults").push_back(fault);
    }

    /// All that was taken, in order.
    pub fn mails(&self) -> Vec<Received> {
        self.inbox.mails.lock().expect("mails").clone()
    }

    /// The mail of this number, from 0; waits for it.
    pub async fn mail(&self, number: usize) -> Received {
        loop {
            let arrived = self.inbox.arrived.notified();
            if let Some(mail) = self.mails().get(number) {
                return mail.clone();
            }
            arrived.await;
        }
    }
}

async fn talk(stream: TcpStream, inbox: &Inbox) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 test ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.to_ascii_uppercase();
        let answer = if verb.starts_with("EHLO") {
            "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n".to_owned()
        } else if verb.starts_with("RCPT TO:") {
            to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            match next_refusal(inbox) {
                Some(code) => format!("{code} not now\r\n"),
                None => "250 ok\r\n".to_owned(),
            }
        } else if verb == "DATA" {
            write.write_all(b"354 go on\r\n").await?;
            let mut raw = String::new();
            while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                raw.push('\n');
            }
            let hangs_up = inbox.faults.lock().expect("faults").pop_front().is_some();
            let mail = Received {
                to: to.clone(),
                raw,
            };
            inbox.mails.lock().expect("mails").push(mail);
            inbox.arrived.notify_waiters();
            if hangs_up {
                return Ok(());
            }
            "250 taken\r\n".to_owned()
        } else if verb == "QUIT" {
            write.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 ok\r\n".to_owned()
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

fn next_refusal(inbox: &Inbox) -> Option<u16> {
    let mut faults = inbox.faults.lock().expect("faults");
    match faults.front() {
        Some(Fault::Refuse(code)) => {
            let code = *code;
            faults.pop_front();
            Some(code)
        }
        _ => None,
    }
}

impl Received {
    /// A line of the head, without its name.
    pub fn head(&self, name: &str) -> String {
        let wanted = format!("{}:", name.to_ascii_lowercase());
        let mut lines = self.raw.lines().take_while(|line| !line.is_empty());
        lines
            .find(|line| line.to_ascii_lowercase().starts_with(&wanted))
            .map_or_else(String::new, |line| line[wanted.len()..].trim().to_owned())
    }

    /// The part that is plain text.
    pub fn text(&self) -> String {
        let begin = self
            .raw
            .find("Content-Type: text/plain")
            .expect("a part that is plain text");
        let part = &self.raw[begin..];
        let (head, body) = part.split_once("\n\n").expect("a body");
        let body = body.split("\n--").next().unwrap_or_default();
        let encoded = head.to_ascii_lowercase();
        if encoded.contains("base64") {
            let packed: String = body.split_whitespace().collect();
            String::from_utf8(STANDARD.decode(packed).expect("base64")).expect("UTF-8")
        } else if encoded.contains("quoted-printable") {
            unquoted(body)
        } else {
            body.to_owned()
        }
    }

    /// The link in it: the one line that is an address.
    pub fn link(&self) -> String {
        let text = self.text();
        let mut lines = text.lines().map(str::trim);
        lines
            .find(|line| line.starts_with("http"))
            .expect("a link in the mail")
            .to_owned()
    }
}

/// Quoted-printable (RFC 2045 §6.7).
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = (*first == b'=')
            .then(|| more.get(..2))
            .flatten()
            .and_then(|two| hex::decode(two).ok());
        match hex {
            Some(byte) => {
                bytes.extend(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

impl SmtpServer {
    /// The application with this mail server.
    #[must_use]
    pub fn used_by(&self, app: TestApp) -> TestApp {
        app.configured(|config| {
            config.mail = Some(self.settings());
            config.public_url = Some(self.settings().public_url);
        })
    }

    /// The mail of this number, from 0, sent by a worker of the application; waits until it is queued.
    pub async fn sent(&self, app: &TestApp, number: usize) -> Received {
        self.work(app, || self.mails().get(number).cloned()).await
    }

    /// A worker of the application that sends by it.
    pub fn worker(&self, app: &TestApp) -> Worker {
        let client = SmtpClient::open(&self.settings()).expect("settings");
        let answers = app.app.config.replies.as_ref();
        let tools = Tools::with(ModelState::Missing)
            .sending_by(Some(client))
            .answered_by(answers.map(|it| it.address.clone()), None);
        Worker::new(app.app.resources.clone(), tools)
    }

    /// Runs a worker until `found` finds something.
    async fn work<T>(&self, app: &TestApp, found: impl Fn() -> Option<T>) -> T {
        let worker = self.worker(app);
        loop {
            worker.run_until_idle().await.expect("the queue");
            if let Some(found) = found() {
                return found;
            }
            // What queues it may run on this thread.
            tokio::task::yield_now().await;
        }
    }
}

//! A network that fails on command: a TCP proxy between recorder (or viewer) and server.
//!
//! Changing the fault breaks the connections that are open, in the manner of the new fault;
//! new ones are treated as it says. The proxy reads along which requests were made.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the network does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkFault {
    /// Everything passes.
    None,
    /// Every connection is reset at once.
    Cut,
    /// Connections are taken and nothing ever answers: a cable pulled out behind the router.
    HalfOpen,
    /// So many bytes a second upwards; answers pass freely.
    Throttled(u32),
    /// Everything passes, late by so much in each direction.
    Delayed(Duration),
    /// Each connection is reset after so many bytes upwards: bodies stop half-way.
    ResetAfter(u64),
    /// Somebody answers every request with 500.
    Answers500,
    /// What was sent arrives, but the answer is lost: the connection is reset instead.
    LosesAnswers,
}

/// The guard of one bad network.
#[derive(Debug)]
pub struct BadNetwork {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    fault: watch::Sender<NetworkFault>,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl BadNetwork {
    /// A clear network in front of `server` (`127.0.0.1:PORT`).
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(server: &str) -> anyhow::Result<Self> {
        let server: SocketAddr = server.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (fault, seen) = watch::channel(NetworkFault::None);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connection(client, server, seen.clone(), Arc::clone(&log)));
            }
        });
        Ok(Self {
            url,
            fault,
            requests,
            task,
        })
    }

    pub fn set(&self, fault: NetworkFault) {
        self.fault.send_replace(fault);
    }

    /// The request lines seen so far, such as `PUT /api/… HTTP/1.1`.
    pub fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Drop for BadNetwork {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(
    client: TcpStream,
    server: SocketAddr,
    mut fault: watch::Receiver<NetworkFault>,
    log: Arc<Mutex<Vec<String>>>,
) {
    let now = *fault.borrow_and_update();
    match now {
        NetworkFault::Cut => reset(&client),
        NetworkFault::HalfOpen => {
            other_than(now, &mut fault).await;
        }
        NetworkFault::Answers500 => answer_500(client, &log).await,
        _ => carry(client, server, now, &mut fault, &log).await,
    }
}

/// Waits until the fault is another one, and says which.
async fn other_than(now: NetworkFault, fault: &mut watch::Receiver<NetworkFault>) -> NetworkFault {
    fault
        .wait_for(|w| *w != now)
        .await
        .map_or(NetworkFault::Cut, |w| *w)
}

/// Closing such a socket sends RST instead of FIN.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    now: NetworkFault,
    fault: &mut watch::Receiver<NetworkFault>,
    log: &Mutex<Vec<String>>,
) {
    let Ok(mut upstream) = TcpStream::connect(server).await else {
        return reset(&client);
    };
    let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = upstream.split();
    let up = Lane { now, upwards: true }.pump(from_client, to_server, Some(log));
    let down = Lane {
        now,
        upwards: false,
    }
    .pump(from_server, to_client, None);
    let next = tokio::select! {
        both = async { tokio::try_join!(up, down) } => if both.is_ok() { return } else { NetworkFault::Cut },
        next = other_than(now, fault) => next,
    };
    if next == NetworkFault::HalfOpen {
        // Nothing is read any more, but the sockets stay open: that is what half-open means.
        other_than(next, fault).await;
    }
    reset(&client);
    reset(&upstream);
}

/// The connection is to end with a reset.
struct Broken;

struct Lane {
    now: NetworkFault,
    upwards: bool,
}

impl Lane {
    /// Carries bytes to the end of the stream and passes the end on.
    async fn pump(
        self,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
        log: Option<&Mutex<Vec<String>>>,
    ) -> Result<(), Broken> {
        let mut buffer = vec![0_u8; 16 * 1024];
        let mut heads = RequestLines::default();
        let mut carried = 0_u64;
        loop {
            let n = from.read(&mut buffer).await.map_err(|_| Broken)?;
            if n == 0 {
                return to.shutdown().await.map_err(|_| Broken);
            }
            if let Some(log) = log {
                heads.read(&buffer[..n], log);
            }
            match self.now {
                NetworkFault::Delayed(by) => tokio::time::sleep(by).await,
                NetworkFault::Throttled(rate) if self.upwards => {
                    let micros = n as u64 * 1_000_000 / u64::from(rate.max(1));
                    tokio::time::sleep(Duration::from_micros(micros)).await;
                }
                NetworkFault::ResetAfter(limit) if self.upwards && carried + n as u64 > limit => {
                    return Err(Broken);
                }
                NetworkFault::LosesAnswers if !self.upwards => return Err(Broken),
                _ => {}
            }
            carried += n as u64;
            to.write_all(&buffer[..n]).await.map_err(|_| Broken)?;
        }
    }
}

async fn answer_500(mut client: TcpStream, log: &Mutex<Vec<String>>) {
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut heads = RequestLines::default();
    let Ok(n @ 1..) = client.read(&mut buffer).await else {
        return;
    };
    heads.read(&buffer[..n], log);
    let answer =
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    if client.write_all(answer.as_bytes()).await.is_ok() {
        // Read what is still coming: closing over unread bytes would reset the answer away.
        let _ = client.shutdown().await;
        let drain = async { while let Ok(1..) = client.read(&mut buffer).await {} };
        let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
    }
}

/// Finds request lines in what passes by. Bodies are binary, so a line counts only when it is
/// short, begins with a method and ends as HTTP/1.1 says.
#[derive(Debug, Default)]
struct RequestLines {
    tail: Vec<u8>,
}

impl RequestLines {
    fn read(&mut self, bytes: &[u8], log: &Mutex<Vec<String>>) {
        const END: &[u8] = b" HTTP/1.1\r\n";
        self.tail.extend_from_slice(bytes);
        while let Some(at) = self.tail.windows(END.len()).position(|w| w == END) {
            let text = String::from_utf8_lossy(&self.tail[at.saturating_sub(300)..at]).into_owned();
            let method = ["GET /", "PUT /", "POST /", "PATCH /", "DELETE /"]
                .iter()
                .filter_map(|m| text.rfind(m))
                .max();
            if let Some(from) = method {
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(text[from..].to_owned());
            }
            self.tail.drain(..at + END.len());
        }
        let keep = self.tail.len().min(400);
        self.tail.drain(..self.tail.len() - keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_are_found_however_the_bytes_are_cut() {
        let stream =
            b"PUT /a/1 HTTP/1.1\r\nHost: x\r\n\r\n\x00\xff\x01binaryPOST /b HTTP/1.1\r\n\r\n";
        for cut in 1..stream.len() {
            let log = Mutex::new(Vec::new());
            let mut lines = RequestLines::default();
            lines.read(&stream[..cut], &log);
            lines.read(&stream[cut..], &log);
            assert_eq!(
                *log.lock().unwrap(),
                ["PUT /a/1", "POST /b"],
                "cut at {cut}"
            );
        }
    }
}

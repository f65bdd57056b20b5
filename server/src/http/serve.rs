//! Our own accept loop on hyper: it has the time-outs that a server on the open internet needs.
//!
//! An event stream never ends by itself, so at shutdown it is ended here; a browser
//! comes back by itself and goes on where it was.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response, Version, header};
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::ending::EndsWith;
use super::error::ApiError;
use super::line::{self, Line};
use super::places::Places;
use super::slow::{Pace, PacedBody, PacedStream};
use crate::domain::address::TrustedProxies;

/// The line of a connection, with the least pace of who reads from it.
type Ours = Line<PacedStream<TcpStream>>;

/// How patient the server is.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For the whole head of a request, and between two requests of a connection.
    pub head: Duration,
    /// For the bodies of requests. The recorder gives up lines slower than 8 KiB a second itself.
    pub body: Pace,
    /// For what is sent to a client that reads slowly.
    pub write: Pace,
    /// For running requests when the server ends.
    pub shutdown_grace: Duration,
    pub connections: usize,
    /// Of these, from one address.
    pub connections_per_address: usize,
    /// These may hold all connections.
    pub trusted: TrustedProxies,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: PACE,
            write: PACE,
            shutdown_grace: Duration::from_secs(5),
            connections: 4096,
            connections_per_address: 1024,
            trusted: TrustedProxies::default(),
        }
    }
}

const PACE: Pace = Pace {
    patience: Duration::from_secs(30),
    bytes_per_second: 1024,
};

/// Buffer of a connection, in bytes; it grows to this at most, however large the body.
const BUFFER: usize = 32 * 1024;
/// After a failed accept (no file descriptors left): until the next try.
const BACKOFF: Duration = Duration::from_millis(100);

/// Answers until `leaving` is cancelled; then finishes what runs.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    leaving: CancellationToken,
) {
    let places = Places::new(
        limits.connections,
        limits.connections_per_address,
        limits.trusted.clone(),
    );
    let graceful = GracefulShutdown::new();
    // Closed when the last connection is: those whose stream has left hyper as well.
    let (open, connected) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = leaving.cancelled() => break,
        };
        let (stream, peer, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                tracing::warn!(%cause, "could not accept a connection: {cause}");
                tokio::time::sleep(BACKOFF).await;
                continue;
            }
        };
        let Some(place) = places.take(permit, peer.ip()) else {
            tracing::debug!(%peer, "too many connections from {peer}");
            turn_away(&stream);
            continue;
        };
        // Parts are small and playlists are waited for: nothing is gained by collecting bytes.
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "no TCP_NODELAY");
        }
        let line = Line::new(PacedStream::new(stream, limits.write));
        let connection = connect(&line, peer, router.clone(), &limits, leaving.clone());
        let connection = graceful.watch(connection);
        let held = (place, connected.clone());
        tokio::spawn(async move {
            let (stream, rest) = tokio::select! {
                ended = connection => {
                    if let Err(cause) = ended {
                        tracing::debug!(%cause, "a connection ended early: {cause}");
                    }
                    drop(held);
                    return;
                }
                handed_over = line.handed_over() => handed_over,
            };
            // In a task of its own: this one has room for all that hyper needs, and ends.
            tokio::spawn(async move {
                if let Err(cause) = line::send(stream, rest).await {
                    tracing::debug!(%cause, "an event stream ended early: {cause}");
                }
                drop(held);
            });
        });
    }
    drop((listener, connected));
    let ended = async {
        graceful.shutdown().await;
        open.closed().await;
    };
    if tokio::time::timeout(limits.shutdown_grace, ended)
        .await
        .is_err()
    {
        tracing::info!("some requests were still running; their connections are closed");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Places,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = places.wait().await?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

/// Says why, as far as the socket takes it at once, and hangs up.
fn turn_away(stream: &TcpStream) {
    let (head, body) = ApiError::too_many_connections();
    let text = format!(
        "HTTP/1.1 {head}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nretry-after: 5\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // A client that is gone already needs no answer.
    let _ = stream.try_write(text.as_bytes());
}

fn connect(
    line: &Ours,
    peer: SocketAddr,
    router: Router,
    limits: &Limits,
    leaving: CancellationToken,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + use<> {
    let (pace, own) = (limits.body, line.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let own = own.clone();
        answer(router.clone(), request, peer, pace, leaving.clone(), own)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(line.clone()), service)
}

fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    pace: Pace,
    leaving: CancellationToken,
    line: Ours,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send {
    // Others know no chunks, or want none.
    let chunks = request.version() == Version::HTTP_11 && request.method() == Method::GET;
    let line = chunks.then_some(line);
    let mut request = request.map(|body| Body::new(PacedBody::new(body, pace)));
    request.extensions_mut().insert(ConnectInfo(peer));
    router
        .oneshot(request)
        .map(move |response| response.map(|r| end_with(r, leaving, line)))
}

fn end_with(
    response: Response<Body>,
    leaving: CancellationToken,
    line: Option<Ours>,
) -> Response<Body> {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    if !kind.is_some_and(|k| k.starts_with("text/event-stream")) {
        return response;
    }
    let ending = response.map(|body| Body::new(EndsWith::new(body, leaving)));
    match line {
        Some(line) => line.hand_over(ending),
        None => ending,
    }
}

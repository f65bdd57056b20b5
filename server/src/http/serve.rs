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
use axum::http::{Request, Response, header};
use futures_util::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::ending::EndsWith;
use super::error::ApiError;
use super::places::Places;
use super::slow::{Pace, PacedBody, PacedStream};
use crate::domain::address::TrustedProxies;

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
        let connection = connect(stream, peer, router.clone(), &limits, leaving.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(cause) = connection.await {
                tracing::debug!(%cause, "a connection ended early: {cause}");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.shutdown_grace, graceful.shutdown())
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
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: &Limits,
    leaving: CancellationToken,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + use<> {
    // Parts are small and playlists are waited for: nothing is gained by collecting bytes.
    if let Err(cause) = stream.set_nodelay(true) {
        tracing::debug!(%cause, "no TCP_NODELAY");
    }
    let pace = limits.body;
    let service = service_fn(move |request: Request<Incoming>| {
        answer(router.clone(), request, peer, pace, leaving.clone())
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER)
        .serve_connection(
            TokioIo::new(PacedStream::new(stream, limits.write)),
            service,
        )
}

fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    pace: Pace,
    leaving: CancellationToken,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send {
    let mut request = request.map(|body| Body::new(PacedBody::new(body, pace)));
    request.extensions_mut().insert(ConnectInfo(peer));
    router
        .oneshot(request)
        .map(move |response| response.map(|r| end_with(r, leaving)))
}

fn end_with(response: Response<Body>, leaving: CancellationToken) -> Response<Body> {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    if kind.is_some_and(|k| k.starts_with("text/event-stream")) {
        response.map(|body| Body::new(EndsWith::new(body, leaving)))
    } else {
        response
    }
}

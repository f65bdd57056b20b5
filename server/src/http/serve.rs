//! Our own accept loop on hyper: it has the time-outs that a server on the open internet needs.
//!
//! Surprise: an event stream never ends by itself, so at shutdown it is ended here; a browser
//! comes back by itself and goes on where it was.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
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
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::idle::{EndsWith, IdleBody};

/// How patient the server is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the whole head of a request, and between two requests of a connection.
    pub head: Duration,
    /// Between two pieces of a body.
    pub body: Duration,
    /// For running requests when the server ends.
    pub farewell: Duration,
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            farewell: Duration::from_secs(5),
            connections: 4096,
        }
    }
}

/// Buffer of a connection, in bytes; it grows to this at most, however large the body.
const BUFFER: usize = 32 * 1024;
/// After a failed accept (no file descriptors left): until the next try.
const BREATH: Duration = Duration::from_millis(100);

/// Answers until `leaving` is cancelled; then finishes what runs.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    leaving: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = leaving.cancelled() => break,
        };
        let (stream, peer, place) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                tracing::warn!(%cause, "could not accept a connection: {cause}");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let connection = connect(stream, peer, router.clone(), limits, leaving.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(cause) = connection.await {
                tracing::debug!(%cause, "a connection ended early: {cause}");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.farewell, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::info!("some requests were still running; their connections are closed");
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, impl Drop + use<>)> {
    // The place comes first: past the cap, connections wait in the kernel's queue.
    let place = room
        .clone()
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    leaving: CancellationToken,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    // Parts are small and playlists are waited for: nothing is gained by collecting bytes.
    if let Err(cause) = stream.set_nodelay(true) {
        tracing::debug!(%cause, "no TCP_NODELAY");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        answer(router.clone(), request, peer, limits.body, leaving.clone())
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service)
}

fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    patience: Duration,
    leaving: CancellationToken,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + Send {
    let mut request = request.map(|body| Body::new(IdleBody::new(body, patience)));
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

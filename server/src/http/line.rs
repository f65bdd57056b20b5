//! Event streams leave hyper once their head is sent. They last for hours and are written to now and then, while hyper keeps 16 KiB of
//! buffers for each connection: from then on the rest of the answer is written here.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::Notify;

/// A connection of HTTP/1.1 that can be taken from hyper. Cheap to clone; all clones are one.
pub(super) struct Line<S>(Arc<Inner<S>>);

struct Inner<S> {
    held: Mutex<Held<S>>,
    handed_over: Notify,
}

struct Held<S> {
    /// None: it was taken.
    stream: Option<S>,
    /// What is to be sent behind the head that hyper writes.
    rest: Option<Body>,
}

impl<S> Clone for Line<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Line<S> {
    pub(super) fn new(stream: S) -> Self {
        Self(Arc::new(Inner {
            held: Mutex::new(Held {
                stream: Some(stream),
                rest: None,
            }),
            handed_over: Notify::new(),
        }))
    }

    /// The answer of which hyper sends the head alone: its body's length is not known, so the head says that chunks follow.
    pub(super) fn hand_over(&self, answer: Response<Body>) -> Response<Body> {
        let (mut head, body) = answer.into_parts();
        let close = HeaderValue::from_static("close");
        head.headers.insert(header::CONNECTION, close);
        self.held().rest = Some(body);
        Response::from_parts(head, Body::new(Nothing))
    }

    /// The stream, when a head is sent whose body is to be sent by the caller. Who drives hyper's end lets go of it then.
    pub(super) async fn handed_over(&self) -> (S, Body) {
        loop {
            self.0.handed_over.notified().await;
            let mut held = self.held();
            if let Some(rest) = held.rest.take()
                && let Some(stream) = held.stream.take()
            {
                return (stream, rest);
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held<S>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll<T>(&self, with: impl FnOnce(Pin<&mut S>) -> Poll<io::Result<T>>) -> Poll<io::Result<T>>
    where
        S: Unpin,
    {
        match &mut self.held().stream {
            Some(stream) => with(Pin::new(stream)),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_read(cx, buf))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(|stream| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(|stream| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        let held = self.held();
        held.stream
            .as_ref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }

    /// Hyper asks for this when it has nothing left to write: its head is on the line.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.poll(|stream| stream.poll_flush(cx));
        if matches!(flushed, Poll::Ready(Ok(()))) && self.held().rest.is_some() {
            self.0.handed_over.notify_one();
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|stream| stream.poll_shutdown(cx))
    }
}

/// A body of which nothing ever comes.
struct Nothing;

impl HttpBody for Nothing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Poll::Pending
    }
}

/// Bytes that a chunk needs beside its data.
const FRAMING: usize = 20;

/// So much may come behind a request to which the answer is a stream, in bytes.
const MOST_SAID: usize = 16 * 1024;

/// Sends a body in chunks (RFC 9112, section 7.1) until it ends, or the other end is gone or says more than [`MOST_SAID`].
pub(super) async fn send<S>(mut stream: S, mut body: Body) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut left = MOST_SAID;
    loop {
        let mut said = [0; 16];
        let frame = tokio::select! {
            frame = body.frame() => frame,
            // A request behind this one waits for the end of the stream, which is the end of the connection. What is pushed
            // without end would keep this busy.
            read = stream.read(&mut said) => match read? {
                0 => return Ok(()),
                read if read > left => return Err(io::ErrorKind::InvalidData.into()),
                read => {
                    left -= read;
                    continue;
                }
            },
        };
        let Some(frame) = frame else {
            stream.write_all(b"0\r\n\r\n").await?;
            return stream.shutdown().await;
        };
        // Without the last chunk the client knows that it was cut off.
        let Ok(data) = frame.map_err(io::Error::other)?.into_data() else {
            continue;
        };
        if data.is_empty() {
            continue;
        }
        let mut chunk = Vec::with_capacity(data.len() + FRAMING);
        write!(chunk, "{:x}\r\n", data.len())?;
        chunk.extend_from_slice(&data);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).await?;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::io::duplex;

    use super::*;

    fn body(pieces: &'static [&'static str]) -> Body {
        Body::from_stream(stream::iter(
            pieces.iter().map(|it| Ok::<_, io::Error>(*it)),
        ))
    }

    #[tokio::test]
    async fn what_is_sent_is_chunks_and_ends_with_an_empty_one() {
        let (ours, mut theirs) = duplex(1024);
        send(ours, body(&["hello", "", "0123456789abcdef!"]))
            .await
            .unwrap();
        let mut all = String::new();
        theirs.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "5\r\nhello\r\n11\r\n0123456789abcdef!\r\n0\r\n\r\n");
    }

    #[tokio::test]
    async fn a_body_that_fails_is_not_ended() {
        let (ours, mut theirs) = duplex(1024);
        let pieces = [Ok("one"), Err(io::Error::other("lost"))];
        let failed = send(ours, Body::from_stream(stream::iter(pieces))).await;
        assert!(failed.is_err());
        let mut all = String::new();
        theirs.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "3\r\none\r\n");
    }

    #[tokio::test]
    async fn who_is_gone_is_noticed_and_what_they_say_is_passed_over() {
        let (ours, mut theirs) = duplex(1024);
        let sent = tokio::spawn(send(ours, Body::new(Nothing)));
        theirs.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        drop(theirs);
        sent.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_says_more_than_a_request_is_left() {
        let (ours, mut theirs) = duplex(1024);
        let sent = tokio::spawn(send(ours, Body::new(Nothing)));
        theirs.write_all(&[b'x'; 16 * 1024]).await.unwrap();
        tokio::task::yield_now().await;
        assert!(!sent.is_finished());
        // It may be gone before all of it is written.
        let _ = theirs.write_all(&[b'x'; 1024]).await;
        let ended = sent.await.unwrap().unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn the_stream_is_handed_over_behind_the_head_and_hyper_has_it_no_more() {
        let (ours, mut theirs) = duplex(1024);
        let mut line = Line::new(ours);
        line.write_all(b"head").await.unwrap();
        // Nothing is to be handed over yet.
        line.flush().await.unwrap();
        let answer = line.hand_over(Response::new(body(&["x"])));
        assert_eq!(answer.headers()[header::CONNECTION], "close");
        line.flush().await.unwrap();
        let (stream, rest) = line.handed_over().await;
        let gone = line.write_all(b"more").await.unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotConnected);
        send(stream, rest).await.unwrap();
        let mut all = String::new();
        theirs.read_to_string(&mut all).await.unwrap();
        assert_eq!(all, "head1\r\nx\r\n0\r\n\r\n");
    }
}

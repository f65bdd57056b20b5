//! Gives up on clients that read or write too slowly. A client that takes or brings a byte now and
//! then would otherwise keep a connection, and what it holds, for ever.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::body::Stalled;

/// How slow is too slow.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Without any progress; and what is allowed on top of what `bytes_per_second` asks for.
    pub patience: Duration,
    pub bytes_per_second: u32,
}

impl Pace {
    /// How long this many bytes may take.
    fn time_for(self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Duration::from_secs(1) * bytes / self.bytes_per_second.max(1)
    }
}

/// A request's body that fails with [`Stalled`] when nothing of it arrives for too long, or all of
/// it arrives too slowly.
pub(super) struct PacedBody {
    body: Incoming,
    pace: Pace,
    /// Set only while something is waited for.
    idle: Option<Pin<Box<Sleep>>>,
    /// When what has arrived so far should have arrived; set at the first wait.
    total: Option<Pin<Box<Sleep>>>,
}

impl PacedBody {
    pub(super) fn new(body: Incoming, pace: Pace) -> Self {
        Self {
            body,
            pace,
            idle: None,
            total: None,
        }
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.idle = None;
            let bytes = match &frame {
                Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                _ => 0,
            };
            if let Some(total) = &mut this.total {
                let later = total.deadline() + this.pace.time_for(bytes);
                total.as_mut().reset(later);
            }
            return Poll::Ready(frame.map(|f| f.map_err(BoxError::from)));
        }
        let patience = this.pace.patience;
        let start = || Box::pin(tokio::time::sleep(patience));
        let total = this.total.get_or_insert_with(start).as_mut().poll(cx);
        let idle = this.idle.get_or_insert_with(start).as_mut().poll(cx);
        if total.is_pending() && idle.is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Stalled(patience).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose writes fail when the other end takes too little of what is sent.
///
/// While the kernel's buffer is full, at least `patience × bytes_per_second` bytes must leave it in
/// each `patience`. A connection on which nothing waits to be sent is not asked anything.
pub(super) struct PacedStream<S> {
    stream: S,
    pace: Pace,
    /// Set while the buffer is full.
    alarm: Option<Pin<Box<Sleep>>>,
    /// Bytes that left since the alarm was set.
    left: usize,
}

impl<S> PacedStream<S> {
    pub(super) fn new(stream: S, pace: Pace) -> Self {
        Self {
            stream,
            pace,
            alarm: None,
            left: 0,
        }
    }

    /// Passes on what a write said. `asked` bytes were to be written.
    fn paced(
        &mut self,
        cx: &mut Context<'_>,
        asked: usize,
        wrote: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let patience = self.pace.patience;
        match wrote {
            Poll::Ready(Ok(n)) => {
                self.left = self.left.saturating_add(n);
                if n == asked || self.pace.time_for(self.left) >= patience {
                    self.alarm = None;
                }
                Poll::Ready(Ok(n))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                if self.alarm.is_none() {
                    self.left = 0;
                }
                let start = || Box::pin(tokio::time::sleep(patience));
                let alarm = self.alarm.get_or_insert_with(start);
                alarm.as_mut().poll(cx).map(|()| {
                    let why = "the client reads too slowly";
                    Err(io::Error::new(io::ErrorKind::TimedOut, why))
                })
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.paced(cx, buf.len(), wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let asked = bufs.iter().map(|b| b.len()).sum();
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.paced(cx, asked, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const fn pace(millis: u64, bytes_per_second: u32) -> Pace {
        Pace {
            patience: Duration::from_millis(millis),
            bytes_per_second,
        }
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_given_up() {
        let (ours, _theirs) = duplex(1024);
        let mut stream = PacedStream::new(ours, pace(50, 1));
        let error = stream.write_all(&[0; 4096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_reads_a_little_now_and_then_is_given_up() {
        let (ours, mut theirs) = duplex(1024);
        let mut stream = PacedStream::new(ours, pace(200, 1_000_000));
        let reader = tokio::spawn(async move {
            let mut byte = [0; 16];
            while theirs.read_exact(&mut byte).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let error = stream.write_all(&[0; 16 * 1024 * 1024]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(stream);
        reader.abort();
    }

    #[tokio::test]
    async fn a_slow_line_that_keeps_the_pace_gets_everything() {
        let (ours, mut theirs) = duplex(1024);
        let mut stream = PacedStream::new(ours, pace(600_000, 1));
        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).await.map(|_| all.len())
        });
        stream.write_all(&[0; 200 * 1024]).await.unwrap();
        drop(stream);
        assert_eq!(reader.await.unwrap().unwrap(), 200 * 1024);
    }

    #[tokio::test]
    async fn a_pause_with_nothing_to_send_costs_nothing() {
        let (ours, mut theirs) = duplex(8);
        let mut stream = PacedStream::new(ours, pace(50, 1));
        let mut piece = [0; 16];
        for _ in 0..3 {
            let (sent, got) =
                tokio::join!(stream.write_all(&[1; 16]), theirs.read_exact(&mut piece));
            sent.unwrap();
            got.unwrap();
            // Longer than the patience: an alarm that was left on would go off at the next write.
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
    }
}

//! Bodies that give up: a request's when nothing comes any more, an event stream's when the server ends.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::body::Stalled;

/// A request's body that fails with [`Stalled`] when nothing of it arrives for too long.
pub(super) struct IdleBody {
    body: Incoming,
    patience: Duration,
    /// Set only while something is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl IdleBody {
    pub(super) fn new(body: Incoming, patience: Duration) -> Self {
        Self {
            body,
            patience,
            alarm: None,
        }
    }
}

impl HttpBody for IdleBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.alarm = None;
            return Poll::Ready(frame.map(|f| f.map_err(BoxError::from)));
        }
        let patience = this.patience;
        let alarm = this
            .alarm
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(alarm.as_mut().poll(cx));
        Poll::Ready(Some(Err(Stalled(patience).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response's body that ends, in good order, when the server does.
pub(super) struct EndsWith {
    body: Body,
    leaving: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl EndsWith {
    pub(super) fn new(body: Body, leaving: CancellationToken) -> Self {
        Self {
            body,
            leaving: Box::pin(leaving.cancelled_owned()),
        }
    }
}

impl HttpBody for EndsWith {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.leaving.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }
}

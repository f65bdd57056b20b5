//! An event stream's body that ends when the server does.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

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

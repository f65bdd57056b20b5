//! Whoever receives: keeps what it gets and answers what it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::net::TcpListener;

/// What came.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Status, a header, body.
type Told = (u16, Option<(&'static str, String)>, String);

#[derive(Debug, Default)]
struct Inner {
    got: Mutex<Vec<Got>>,
    /// Answered in order; then `always`.
    next: Mutex<VecDeque<Told>>,
    always: Mutex<Option<Told>>,
}

#[derive(Debug, Clone)]
pub(super) struct Receiver {
    inner: Arc<Inner>,
    pub(super) port: u16,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner::default());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, port }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?key=secret", self.port)
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.inner.got.lock().unwrap().clone()
    }

    /// Answers this once.
    pub(super) fn then(&self, status: u16, header: Option<(&'static str, &str)>, body: &str) {
        let header = header.map(|(name, value)| (name, value.to_owned()));
        let told = (status, header, body.to_owned());
        self.inner.next.lock().unwrap().push_back(told);
    }

    /// Answers this from now on.
    pub(super) fn always(&self, status: u16) {
        *self.inner.always.lock().unwrap() = Some((status, None, String::new()));
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    inner.got.lock().unwrap().push(Got {
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        body,
    });
    let next = inner.next.lock().unwrap().pop_front();
    let told = next.or_else(|| inner.always.lock().unwrap().clone());
    let (status, header, body) = told.unwrap_or((200, None, "ok".to_owned()));
    // Each message is another connection, so that each address is dialled.
    let mut response = Response::builder()
        .status(status)
        .header("connection", "close");
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

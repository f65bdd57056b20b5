//! A request that this server makes to itself, with the token of whoever asked.

use aside_protocol::problem::{Problem, ProblemCode};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Request, header};
use bytes::Bytes;
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt as _;

use crate::http::actor::ForAgent;

/// What says who asks, and how they reached this server.
const KEPT: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::HOST,
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("idempotency-key"),
];

/// Most bytes of an answer.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The API of this server.
#[derive(Debug, Clone)]
pub(super) struct Api(pub(super) Router);

/// The same for one request.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    router: Router,
    headers: HeaderMap,
    peer: Option<ConnectInfo<SocketAddr>>,
}

/// Why a tool does nothing.
#[derive(Debug)]
pub(super) enum Refused {
    /// The arguments are no such.
    Arguments(String),
    Problem {
        problem: Box<Problem>,
        /// Seconds.
        retry_after: Option<String>,
    },
}

/// An answer that is no JSON.
#[derive(Debug)]
pub(super) struct File {
    pub(super) content_type: String,
    pub(super) bytes: Bytes,
}

impl Api {
    pub(super) fn for_request(&self, asked: &Parts) -> Asking {
        let kept = |name: &HeaderName| Some((name.clone(), asked.headers.get(name)?.clone()));
        Asking {
            router: self.0.clone(),
            headers: KEPT.iter().filter_map(kept).collect(),
            peer: asked.extensions.get::<ConnectInfo<SocketAddr>>().copied(),
        }
    }
}

impl Asking {
    pub(super) async fn get(&self, path: &str) -> Result<Value, Refused> {
        json(self.send(Method::GET, path, Body::empty()).await?)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Refused> {
        json(
            self.send(Method::POST, path, Body::from(body.to_string()))
                .await?,
        )
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<File, Refused> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|_| internal("no path"))?;
        request.headers_mut().extend(self.headers.clone());
        request.headers_mut().insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/json"),
        );
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        request.extensions_mut().insert(ForAgent);
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, MAX_BYTES).await;
        let bytes = bytes.map_err(|_| internal("the answer is too long"))?;
        let text = |name| head.headers.get(name).and_then(|it| it.to_str().ok());
        if !head.status.is_success() {
            let problem = serde_json::from_slice(&bytes);
            return Err(Refused::Problem {
                problem: Box::new(problem.unwrap_or_else(|_| Problem::new(ProblemCode::Internal))),
                retry_after: text(header::RETRY_AFTER).map(str::to_owned),
            });
        }
        Ok(File {
            content_type: text(header::CONTENT_TYPE).unwrap_or_default().to_owned(),
            bytes,
        })
    }
}

fn json(file: File) -> Result<Value, Refused> {
    let File { bytes, .. } = file;
    serde_json::from_slice(&bytes).map_err(|_| internal("the answer is no JSON"))
}

pub(super) fn internal(why: &str) -> Refused {
    tracing::error!(why, "a tool failed: {why}");
    Refused::Problem {
        problem: Box::new(Problem::new(ProblemCode::Internal)),
        retry_after: None,
    }
}

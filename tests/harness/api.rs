//! The HTTP contract from outside: requests as a stranger's program would make them. What a
//! test wants to see refused is sent here as raw as needed.

use std::sync::Once;

use anyhow::{Context as _, Result, bail};
use aside_protocol::problem::Problem;
use aside_protocol::recording::Sha256;
use aside_protocol::upload::{UploadStatus, content_digest};
use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::program::TIMEOUT;

/// An HTTP client without proxies; TLS is set up although tests speak plain HTTP, because the client insists.
pub fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::limited(3))
        .build()
        .expect("a client with default settings")
}

/// One caller of the API: with a bearer token, or nobody.
#[derive(Debug, Clone)]
pub struct Api {
    pub http: reqwest::Client,
    pub url: String,
    pub token: Option<String>,
}

impl Api {
    pub fn new(url: &str, token: Option<String>) -> Self {
        Self {
            http: http(),
            url: url.to_owned(),
            token,
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .timeout(TIMEOUT);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// # Errors
    /// When the answer is not a success with JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        json(self.request(Method::GET, path)).await
    }

    /// # Errors
    /// When the answer is not a success with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        json(self.request(Method::POST, path).json(body)).await
    }

    /// # Errors
    /// When the answer is not a success with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        json(self.request(Method::PATCH, path).json(body)).await
    }

    /// Sends what should be refused.
    ///
    /// # Errors
    /// When it is not refused, or not with a problem.
    pub async fn refused(&self, request: RequestBuilder) -> Result<(StatusCode, Problem)> {
        problem(request.send().await?).await
    }

    /// `PUT` of one part, with its true digest.
    pub fn put_part(
        &self,
        recording: &str,
        track: &str,
        number: u32,
        part: &Bytes,
    ) -> RequestBuilder {
        self.request(
            Method::PUT,
            &format!("/api/recordings/{recording}/tracks/{track}/parts/{number}"),
        )
        .header("Content-Digest", content_digest(&Sha256::of(part)))
        .header("Content-Type", "application/octet-stream")
        .body(part.clone())
    }

    /// What the server holds of a take.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn upload_status(&self, recording: &str) -> Result<UploadStatus> {
        Ok(serde_json::from_value(
            self.get(&format!("/api/recordings/{recording}/upload"))
                .await?,
        )?)
    }

    /// Opens the event stream of a watch page.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn events(&self, slug: &str, last_event_id: Option<&str>) -> Result<Events> {
        let mut request = self
            .http
            .get(format!("{}/api/watch/{slug}/events", self.url))
            .header("Accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await?.error_for_status()?;
        let mut events = Events {
            response: response.bytes_stream().boxed(),
            text: String::new(),
        };
        // The greeting says that from here on nothing is missed.
        events.block().await?;
        Ok(events)
    }
}

/// The JSON of a successful answer.
///
/// # Errors
/// When it is no success: the body is in the message.
pub async fn json(request: RequestBuilder) -> Result<Value> {
    let response = request.send().await?;
    let (status, url, text) = (
        response.status(),
        response.url().clone(),
        response.text().await?,
    );
    if !status.is_success() {
        bail!("{url} answered {status}: {text}");
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text)
        .with_context(|| format!("{url} answered {status} without JSON: {text}"))
}

/// The problem in an answer.
///
/// # Errors
/// When the answer is a success or carries no problem.
pub async fn problem(response: Response) -> Result<(StatusCode, Problem)> {
    let status = response.status();
    let kind = response
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("")
        .to_owned();
    let text = response.text().await?;
    if status.is_success() || !kind.starts_with("application/problem+json") {
        bail!("expected a problem, got {status} {kind}: {text}");
    }
    let problem: Problem = serde_json::from_str(&text).with_context(|| text.clone())?;
    anyhow::ensure!(
        problem.status == status.as_u16(),
        "status line {status}, but the problem says {}",
        problem.status
    );
    Ok((status, problem))
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
}

/// An open event stream.
pub struct Events {
    response: futures_util::stream::BoxStream<'static, reqwest::Result<Bytes>>,
    text: String,
}

impl Events {
    /// The next event of this name; others are passed over.
    ///
    /// # Errors
    /// When the stream ends or is silent for too long.
    pub async fn next(&mut self, name: &str) -> Result<Event> {
        let found = tokio::time::timeout(TIMEOUT, async {
            loop {
                let block = self.block().await?;
                if let Some(event) = parse_event(&block)?
                    && event.name == name
                {
                    return anyhow::Ok(event);
                }
            }
        });
        found
            .await
            .with_context(|| format!("no event {name:?} came"))?
    }

    /// Text up to the next empty line.
    async fn block(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                return Ok(block);
            }
            let chunk = self
                .response
                .next()
                .await
                .context("the event stream ended")??;
            self.text.push_str(
                std::str::from_utf8(&chunk).context("events are cut between characters")?,
            );
        }
    }
}

fn parse_event(block: &str) -> Result<Option<Event>> {
    let (mut id, mut name, mut data) = (None, "message".to_owned(), String::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => id = Some(value.to_owned()),
            "event" => value.clone_into(&mut name),
            "data" => data.push_str(value),
            _ => {}
        }
    }
    if data.is_empty() {
        return Ok(None);
    }
    Ok(Some(Event {
        id,
        name,
        data: serde_json::from_str(&data)?,
    }))
}

//! An endpoint that speaks as the OpenAI-compatible ones do (chat completions, streamed as server-sent events), by a script. A real HTTP
//! server on this machine; no real model is reached.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aside_server::assistant::{AnswerLimits, Assistant};
use aside_server::checked_http::SystemLookup;
use aside_server::config::assistant::AssistantConfig;
use aside_server::jobs::worker::Worker;
use aside_server::jobs::{ModelState, Tools};
use aside_server::testing::TestApp;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// A question that came.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Got {
    pub(super) fn system(&self) -> &str {
        self.body["messages"][0]["content"].as_str().unwrap()
    }

    pub(super) fn user(&self) -> &str {
        self.body["messages"][1]["content"].as_str().unwrap()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(super) enum Says {
    /// A stream of these texts, and its end.
    Text(Vec<String>),
    /// The same, which ends as this says.
    Ends(Vec<String>, &'static str),
    /// The line breaks behind these texts.
    Breaks(Vec<String>),
    /// One object, not streamed.
    Whole(String),
    /// These texts, and then nothing for ever.
    Hangs(Vec<String>),
    /// Status, `Retry-After`, body.
    Status(u16, Option<&'static str>, &'static str),
    /// Each line of the talk in capitals, by its number.
    Shouts,
    /// The same, once it may.
    ShoutsThen(Arc<Semaphore>),
    /// So many bytes of one line that never ends.
    Floods(usize),
    Refuses,
}

/// A stream of one text.
pub(super) fn says(text: &str) -> Says {
    // In pieces that have nothing to do with lines or letters.
    let bytes = text.chars().collect::<Vec<_>>();
    let pieces = bytes.chunks(7).map(|it| it.iter().collect()).collect();
    Says::Text(pieces)
}

/// Objects, one a line.
pub(super) fn objects(all: &[Value]) -> Says {
    let lines: Vec<String> = all.iter().map(Value::to_string).collect();
    says(&lines.join("\n"))
}

#[derive(Debug, Default)]
struct Inner {
    got: Mutex<Vec<Got>>,
    next: Mutex<VecDeque<Says>>,
    always: Mutex<Option<Says>>,
}

#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    inner: Arc<Inner>,
    pub(super) port: u16,
}

impl Endpoint {
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

    /// Answers this once.
    pub(super) fn then(&self, says: Says) -> &Self {
        self.inner.next.lock().unwrap().push_back(says);
        self
    }

    /// Answers this from now on, where nothing else is said.
    pub(super) fn always(&self, says: Says) {
        *self.inner.always.lock().unwrap() = Some(says);
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.inner.got.lock().unwrap().clone()
    }

    pub(super) fn config(&self) -> AssistantConfig {
        AssistantConfig {
            base: format!("http://127.0.0.1:{}/v1", self.port)
                .parse()
                .unwrap(),
            model: "small".to_owned(),
            key: None,
            context: 4096,
        }
    }
}

/// The application as an operator set it up who named this endpoint.
pub(super) fn set_up(app: TestApp, endpoint: &Endpoint) -> TestApp {
    let assistant = endpoint.config();
    app.configured(|config| config.assistant = Some(assistant))
}

/// Without the pauses of a real one.
pub(super) fn limits() -> AnswerLimits {
    AnswerLimits {
        pause: Duration::from_millis(1),
        longest_pause: Duration::from_secs(2),
        silence: Duration::from_secs(30),
        ..AnswerLimits::default()
    }
}

pub(super) fn worker_with(app: &TestApp, config: &AssistantConfig, limits: AnswerLimits) -> Worker {
    let assistant = Assistant::limited(config, limits, Arc::new(SystemLookup)).unwrap();
    // Speech is left alone: what was said is written by the test.
    let tools = Tools::with(ModelState::Downloading).asking(Some(assistant));
    Worker::new(app.app.resources.clone(), tools)
}

/// Does what is due.
pub(super) async fn work(app: &TestApp, endpoint: &Endpoint) {
    let worker = worker_with(app, &endpoint.config(), limits());
    worker.run_until_idle().await.unwrap();
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let got = Got {
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap(),
    };
    let user = got.user().to_owned();
    inner.got.lock().unwrap().push(got);
    let next = inner.next.lock().unwrap().pop_front();
    let said = next.or_else(|| inner.always.lock().unwrap().clone());
    let said = said.unwrap_or(Says::Status(500, None, "nothing to say"));
    if let Says::ShoutsThen(may) = &said {
        may.acquire().await.unwrap().forget();
    }
    match said {
        Says::Status(status, wait, body) => {
            let mut response = Response::builder().status(status);
            if let Some(wait) = wait {
                response = response.header("retry-after", wait);
            }
            response.body(Body::from(body)).unwrap()
        }
        Says::Whole(text) => {
            let message = json!({ "role": "assistant", "content": text });
            let body = json!({ "choices": [{ "message": message, "finish_reason": "stop" }] });
            Response::builder()
                .header("content-type", "application/json; charset=utf-8")
                .body(Body::from(body.to_string()))
                .unwrap()
        }
        Says::Text(texts) => streamed(&texts, Some("stop"), false),
        Says::Ends(texts, how) => streamed(&texts, Some(how), false),
        Says::Breaks(texts) => streamed(&texts, None, false),
        Says::Hangs(texts) => streamed(&texts, None, true),
        Says::Refuses => {
            let delta = json!({ "refusal": "I cannot help with that." });
            let step = json!({ "choices": [{ "delta": delta, "finish_reason": null }] });
            let body = format!("data: {step}\n\ndata: [DONE]\n\n");
            stream_of(vec![body], false)
        }
        Says::Floods(bytes) => {
            let line = "x".repeat(64 * 1024);
            stream_of(vec![line; bytes / (64 * 1024)], false)
        }
        Says::Shouts | Says::ShoutsThen(_) => {
            let lines = user.lines().filter_map(|line| {
                let (number, text) = line.strip_prefix('[')?.split_once("] ")?;
                let n: u64 = number.parse().unwrap();
                Some(json!({ "n": n, "text": text.to_uppercase() }).to_string() + "\n")
            });
            streamed(&lines.collect::<Vec<_>>(), Some("stop"), false)
        }
    }
}

fn streamed(texts: &[String], ends: Option<&str>, hangs: bool) -> Response<Body> {
    let step = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let step = json!({ "object": "chat.completion.chunk", "choices": [choice] });
        format!("data: {step}\n\n")
    };
    // A comment, as some send to keep the line.
    let mut all = vec![
        ": keep\n\n".to_owned(),
        step(json!({ "role": "assistant" }), None),
    ];
    all.extend(texts.iter().map(|it| step(json!({ "content": it }), None)));
    if let Some(how) = ends {
        all.push(step(json!({}), Some(how)));
        all.push("data: [DONE]\n\n".to_owned());
    }
    stream_of(all, hangs)
}

fn stream_of(all: Vec<String>, hangs: bool) -> Response<Body> {
    let pieces = futures_util::stream::iter(all);
    let pieces = pieces.map(|it| Ok::<_, Infallible>(Bytes::from(it)));
    let body = if hangs {
        Body::from_stream(pieces.chain(futures_util::stream::pending()))
    } else {
        Body::from_stream(pieces)
    };
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(body)
        .unwrap()
}

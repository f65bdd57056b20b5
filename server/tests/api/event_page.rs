//! A page that listens to the events of a recording.

use aside_protocol::id::CommentId;
use aside_server::domain::comment::{Author, Comment};
use aside_server::domain::event::Change;
use aside_server::http::router;
use aside_server::store::events::append;
use aside_server::store::{StoreError, Tx};
use aside_server::testing::{Client, TestApp};
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::schema::check_event;
use crate::take::Take;

/// An open page. Reads as a browser does (WHATWG HTML §9.2.6).
pub(crate) struct Page {
    body: BodyDataStream,
    text: String,
    pub(crate) last_id: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) kind: String,
    pub(crate) data: Value,
    /// Number of the event; none when it has none of its own.
    pub(crate) id: Option<i64>,
}

impl Page {
    /// Opens the stream; `last` goes along as `Last-Event-ID`.
    pub(crate) async fn open(
        app: &TestApp,
        path: &str,
        token: Option<&str>,
        last: Option<&str>,
    ) -> Self {
        let mut request = Request::get(path).header("host", "aside.test");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = router::service(app.app.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut page = Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            last_id: String::new(),
        };
        let hello = page.block().await.expect("a first block");
        assert!(hello.contains(": hello"), "{hello}");
        page
    }

    pub(crate) async fn of(app: &TestApp, take: &Take) -> Self {
        Self::open(app, &take.api("/events"), None, None).await
    }

    /// The next lines up to an empty one; `None` at the end of the stream.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                for line in block.lines() {
                    if let Some(id) = line.strip_prefix("id: ") {
                        id.clone_into(&mut self.last_id);
                    }
                }
                return Some(block);
            }
            let bytes = self.body.next().await?.ok()?;
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    pub(crate) async fn next(&mut self) -> Option<Heard> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|l| l.strip_prefix(name))
                    .map(str::to_owned)
            };
            if let Some(data) = field("data: ") {
                let id = field("id: ").map(|id| id.parse().unwrap());
                let kind = field("event: ").unwrap();
                let data = serde_json::from_str(&data).unwrap();
                check_event(&kind, &data);
                return Some(Heard { kind, data, id });
            }
        }
    }

    /// The next event of this kind.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Heard {
        loop {
            let heard = self.next().await.expect("the stream goes on");
            if heard.kind == kind {
                return heard;
            }
        }
    }

    /// What is told of the recording once it is in this state; it may be told twice.
    pub(crate) async fn next_state(&mut self, state: &str) -> Value {
        loop {
            let heard = self.next_of("recording").await;
            if heard.data["state"] == state {
                return heard.data;
            }
        }
    }

    /// What comes until the stream ends.
    pub(crate) async fn rest(mut self) -> Vec<Heard> {
        let mut all = Vec::new();
        while let Some(heard) = self.next().await {
            all.push(heard);
        }
        all
    }
}

pub(crate) async fn say(who: &Client, take: &Take, body: &str) -> Value {
    who.post(&take.api("/comments"), &json!({ "at_ms": 1, "body": body }))
        .await
        .expect(201)
        .json()
}

/// Writes a comment as another process would: nobody here is woken. Answers the number of its event.
pub(crate) async fn from_elsewhere(app: &TestApp, take: &Take, n: u64) -> i64 {
    let now = app.app.now();
    let id = CommentId::new(now, app.app.id_entropy());
    let name = "Elsewhere".to_owned();
    let comment = Comment::new(id, take.id, Author::Nobody, name, n.to_string(), now);
    app.app
        .store
        .write(async |tx: &mut Tx| -> Result<i64, StoreError> {
            tx.insert_comment(&comment).await?;
            append(tx, take.id, Change::Comment(comment.id), now).await
        })
        .await
        .unwrap()
}

/// What [`from_elsewhere`] wrote as number `n`.
pub(crate) async fn next_number(page: &mut Page) -> u64 {
    let heard = page.next_of("comment").await;
    heard.data["body"].as_str().unwrap().parse().unwrap()
}

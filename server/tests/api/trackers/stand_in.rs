//! Trackers on this machine, which answer as the published documentation of each says: shapes, statuses, and that what was made is there
//! when it is asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

/// An issue as the tracker keeps it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) number: u64,
    /// Linear: the id that it was made with.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) label: String,
    pub(super) closed: bool,
    pub(super) remarks: Vec<String>,
}

/// What goes wrong instead of an answer.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// This is answered, and nothing is done.
    Says(u16, Option<(&'static str, String)>, String),
    /// It is done, and the answer is lost.
    Lost,
}

#[derive(Debug)]
struct Inner {
    kind: &'static str,
    got: Mutex<Vec<Got>>,
    issues: Mutex<Vec<Kept>>,
    faults: Mutex<VecDeque<Fault>>,
    /// When issues changed, as the tracker says; moved by tests.
    updated: Mutex<String>,
    port: u16,
}

#[derive(Debug, Clone)]
pub(super) struct StandIn {
    inner: Arc<Inner>,
}

impl StandIn {
    pub(super) async fn start(kind: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let inner = Arc::new(Inner {
            kind,
            got: Mutex::default(),
            issues: Mutex::default(),
            faults: Mutex::default(),
            updated: Mutex::new("2026-01-01T00:00:00Z".to_owned()),
            port: listener.local_addr().unwrap().port(),
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner }
    }

    pub(super) fn url(&self) -> String {
        let path = if self.inner.kind == "linear" {
            "/graphql"
        } else {
            "/base"
        };
        format!("http://127.0.0.1:{}{path}", self.inner.port)
    }

    pub(super) fn project(&self) -> &'static str {
        match self.inner.kind {
            "github" => "acme/shop",
            "gitlab" => "group/sub/shop",
            "jira" => "SHOP/Bug",
            _ => "SHOP",
        }
    }

    /// What people call its first issue.
    pub(super) fn first(&self) -> &'static str {
        match self.inner.kind {
            "github" | "gitlab" => "shop#1",
            _ => "SHOP-1",
        }
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.inner.got.lock().unwrap().clone()
    }

    pub(super) fn issues(&self) -> Vec<Kept> {
        self.inner.issues.lock().unwrap().clone()
    }

    pub(super) fn then(&self, fault: Fault) {
        self.inner.faults.lock().unwrap().push_back(fault);
    }

    /// Somebody there says that the first issue is done, at this instant.
    pub(super) fn close(&self, at: &str) {
        self.stands(true, at);
    }

    /// The first issue is done, or open, since this instant.
    pub(super) fn stands(&self, closed: bool, at: &str) {
        self.inner.issues.lock().unwrap()[0].closed = closed;
        *self.inner.updated.lock().unwrap() = at.to_owned();
    }

    /// An issue that people made there.
    pub(super) fn people_made(&self, title: &str) {
        let mut issues = self.inner.issues.lock().unwrap();
        let number = u64::try_from(issues.len()).unwrap() + 1;
        issues.push(kept(number, title, "by people", "", ""));
    }

    /// What it tells of the first issue by a webhook.
    pub(super) fn event(&self, at_ms: i64) -> Value {
        let it = self.inner.issues.lock().unwrap()[0].clone();
        let issue = self.inner.show(&it);
        match self.inner.kind {
            "github" => {
                json!({ "action": "closed", "issue": issue, "repository": { "full_name": "acme/shop" } })
            }
            "gitlab" => {
                json!({ "object_kind": "issue", "project": { "id": 5, "path_with_namespace": "group/sub/shop" },
                "object_attributes": { "iid": it.number, "action": "close", "state": issue["state"], "url": issue["web_url"], "updated_at": issue["updated_at"] } })
            }
            "jira" => {
                json!({ "timestamp": at_ms, "webhookEvent": "jira:issue_updated", "issue": issue })
            }
            _ => {
                json!({ "action": "update", "type": "Issue", "webhookTimestamp": at_ms, "data": issue })
            }
        }
    }
}

fn kept(number: u64, title: &str, body: &str, label: &str, id: &str) -> Kept {
    Kept {
        number,
        id: if id.is_empty() {
            format!("00000000-0000-4000-8000-{number:012}")
        } else {
            id.to_owned()
        },
        title: title.to_owned(),
        body: body.to_owned(),
        label: label.to_owned(),
        closed: false,
        remarks: Vec::new(),
    }
}

impl Inner {
    fn show(&self, it: &Kept) -> Value {
        let at = self.updated.lock().unwrap().clone();
        let number = it.number;
        match self.kind {
            "github" => {
                json!({ "id": 900 + number, "number": number, "state": if it.closed { "closed" } else { "open" }, "title": it.title,
                "state_reason": if it.closed { json!("completed") } else { Value::Null }, "body": it.body,
                "html_url": format!("https://github.example/acme/shop/issues/{number}"), "updated_at": at })
            }
            "gitlab" => {
                json!({ "id": 900 + number, "iid": number, "state": if it.closed { "closed" } else { "opened" }, "title": it.title,
                "description": it.body, "web_url": format!("https://gitlab.example/group/sub/shop/-/issues/{number}"), "updated_at": at,
                "references": { "short": format!("#{number}"), "relative": format!("#{number}"), "full": format!("group/sub/shop#{number}") } })
            }
            "jira" => {
                let (name, category) = if it.closed {
                    ("Done", "done")
                } else {
                    ("To Do", "new")
                };
                json!({ "id": (900 + number).to_string(), "key": format!("SHOP-{number}"), "fields": {
                    "status": { "name": name, "statusCategory": { "key": category } }, "updated": at.replace('Z', ".000+0000") } })
            }
            _ => {
                let (name, kind) = if it.closed {
                    ("Done", "completed")
                } else {
                    ("Backlog", "backlog")
                };
                json!({ "id": it.id, "identifier": format!("SHOP-{number}"), "url": format!("https://linear.example/x/issue/SHOP-{number}"),
                    "updatedAt": at.replace('Z', ".000Z"), "state": { "name": name, "type": kind } })
            }
        }
    }

    fn make(&self, title: &Value, body: &Value, label: &str, id: &str) -> Kept {
        let mut issues = self.issues.lock().unwrap();
        let text = |it: &Value| it.as_str().expect("a text").to_owned();
        let number = u64::try_from(issues.len()).unwrap() + 1;
        issues.push(kept(number, &text(title), &text(body), label, id));
        issues[issues.len() - 1].clone()
    }

    fn find(&self, by: impl Fn(&Kept) -> bool) -> Option<Kept> {
        self.issues
            .lock()
            .unwrap()
            .iter()
            .find(|it| by(it))
            .cloned()
    }

    fn remark(&self, number: u64, words: &Value) {
        let mut issues = self.issues.lock().unwrap();
        let found = issues.iter_mut().find(|it| it.number == number).unwrap();
        found.remarks.push(words.as_str().unwrap().to_owned());
    }

    fn answer(&self, got: &Got) -> (u16, Value) {
        let missing = (404, json!({ "message": "Not Found" }));
        let (path, query) = got.path.split_once('?').unwrap_or((&got.path, ""));
        let pieces: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let get = got.method == Method::GET;
        let numbered = |text: &str| {
            self.find(|it| text.rsplit('-').next() == Some(it.number.to_string().as_str()))
        };
        let shown = |it: Option<Kept>| it.map_or(missing.clone(), |it| (200, self.show(&it)));
        match (self.kind, &pieces[..]) {
            ("github", ["base", "repos", "acme", "shop", rest @ ..])
            | (
                "gitlab",
                [
                    "base",
                    "api",
                    "v4",
                    "projects",
                    "group%2Fsub%2Fshop",
                    rest @ ..,
                ],
            ) => {
                let body = if self.kind == "github" {
                    "body"
                } else {
                    "description"
                };
                match (rest, get) {
                    ([], true) => (
                        200,
                        json!({ "full_name": "acme/shop", "path_with_namespace": "group/sub/shop" }),
                    ),
                    (["issues"], true) => {
                        let all: Vec<Value> = self
                            .issues
                            .lock()
                            .unwrap()
                            .iter()
                            .rev()
                            .map(|it| self.show(it))
                            .collect();
                        assert!(!query.is_empty());
                        (200, Value::Array(all))
                    }
                    (["issues"], false) => (
                        201,
                        self.show(&self.make(&got.body["title"], &got.body[body], "", "")),
                    ),
                    (["issues", number], true) => shown(numbered(number)),
                    (["issues", number, "comments" | "notes"], false) => {
                        self.remark(number.parse().unwrap(), &got.body["body"]);
                        (201, json!({ "id": 77 }))
                    }
                    _ => missing,
                }
            }
            ("jira", ["base", "rest", "api", "2", rest @ ..]) => match (rest, get) {
                (["project", "SHOP"], true) => (200, json!({ "key": "SHOP" })),
                (["search", "jql"], true) => {
                    let found = self.find(|it| query.contains(&format!("%22{}%22", it.label)));
                    (
                        200,
                        json!({ "issues": found.map(|it| self.show(&it)).into_iter().collect::<Vec<_>>() }),
                    )
                }
                (["issue"], false) => {
                    let fields = &got.body["fields"];
                    assert_eq!(
                        (&fields["project"]["key"], &fields["issuetype"]["name"]),
                        (&json!("SHOP"), &json!("Bug"))
                    );
                    let label = fields["labels"][0].as_str().unwrap();
                    let made = self.make(&fields["summary"], &fields["description"], label, "");
                    (
                        201,
                        json!({ "id": (900 + made.number).to_string(), "key": format!("SHOP-{}", made.number), "self": "x" }),
                    )
                }
                (["issue", key], true) => shown(numbered(key)),
                (["issue", key, "comment"], false) => {
                    self.remark(numbered(key).unwrap().number, &got.body["body"]);
                    (201, json!({ "id": "77" }))
                }
                _ => missing,
            },
            ("slack", ["base", "chat.unfurl" | "auth.test"]) => (200, json!({ "ok": true })),
            ("linear", ["graphql"]) => {
                let query = got.body["query"].as_str().unwrap();
                let variables = &got.body["variables"];
                let (id, input) = (
                    variables["id"].as_str().unwrap_or_default(),
                    &variables["input"],
                );
                if query.contains("teams(") {
                    let nodes = if variables["key"] == "SHOP" {
                        json!([{ "id": "team-1" }])
                    } else {
                        json!([])
                    };
                    (200, json!({ "data": { "teams": { "nodes": nodes } } }))
                } else if query.contains("issues(") {
                    let nodes: Vec<Value> = self
                        .find(|it| it.id == id)
                        .map(|it| self.show(&it))
                        .into_iter()
                        .collect();
                    (200, json!({ "data": { "issues": { "nodes": nodes } } }))
                } else if query.contains("issueCreate") {
                    assert_eq!(input["teamId"], "team-1");
                    let own = input["id"].as_str().unwrap();
                    assert_eq!(uuid::Uuid::parse_str(own).unwrap().get_version_num(), 4);
                    if self.find(|it| it.id == own).is_some() {
                        return (
                            200,
                            json!({ "errors": [{ "message": "duplicate id", "extensions": { "code": "INPUT_ERROR" } }] }),
                        );
                    }
                    let made = self.make(&input["title"], &input["description"], "", own);
                    (
                        200,
                        json!({ "data": { "issueCreate": { "success": true, "issue": self.show(&made) } } }),
                    )
                } else if query.contains("commentCreate") {
                    let found = self.find(|it| input["issueId"] == it.id.as_str()).unwrap();
                    self.remark(found.number, &input["body"]);
                    (
                        200,
                        json!({ "data": { "commentCreate": { "success": true } } }),
                    )
                } else {
                    let found = self.find(|it| it.id == id).or_else(|| numbered(id));
                    match found {
                        Some(it) => (200, json!({ "data": { "issue": self.show(&it) } })),
                        None => (
                            200,
                            json!({ "data": null, "errors": [{ "message": "Entity not found: Issue", "extensions": { "code": "INPUT_ERROR" } }] }),
                        ),
                    }
                }
            }
            _ => missing,
        }
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let got = Got {
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    inner.got.lock().unwrap().push(got.clone());
    let fault = inner.faults.lock().unwrap().pop_front();
    let mut response = Response::builder().header("connection", "close");
    let (status, body) = match fault {
        Some(Fault::Says(status, header, body)) => {
            if let Some((name, value)) = header {
                response = response.header(name, value);
            }
            (status, body)
        }
        Some(Fault::Lost) => {
            inner.answer(&got);
            (500, String::new())
        }
        None => {
            let (status, body) = inner.answer(&got);
            (status, body.to_string())
        }
    };
    response.status(status).body(Body::from(body)).unwrap()
}

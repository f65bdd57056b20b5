//! The whole application for a test: fresh database, objects in a temporary folder, a clock that
//! is moved by hand, chance that repeats itself. Requests go straight into the router.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up should say so loudly"
)]
#![expect(clippy::print_stderr, reason = "a skipped test must be seen")]

pub mod smtp;
mod take;

pub use take::*;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use aside_protocol::id::UserId;
use aside_protocol::problem::{Problem, ProblemCode};
use aside_protocol::time::Timestamp;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::app::{App, mailer, provider};
use crate::auth::password::Passwords;
use crate::clock::ManualClock;
use crate::config::{Config, Settings};
use crate::domain::account::{Role, User};
use crate::domain::token::Kind;
use crate::entropy::SeededEntropy;
use crate::http::router;
use crate::objects::Objects;
use crate::resources::Resources;
use crate::service::excerpts::Excerpts;
use crate::service::frames::Frames;
use crate::service::token::issue;
use crate::store::{Store, Tx};

/// Names the PostgreSQL that tests may use, e.g. `postgres://aside@localhost/aside_test`. Each test
/// gets a schema of its own.
pub const POSTGRES_ENV: &str = "ASIDE_TEST_POSTGRES";

/// 2026-01-01T00:00:00Z: when every test begins.
pub const BEGINNING: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// The application under test.
#[derive(Debug)]
pub struct TestApp {
    pub app: App,
    pub clock: ManualClock,
    folder: TempDir,
}

/// Runs a test on SQLite: the first half of `#[both]`.
pub async fn on_sqlite(test: impl AsyncFnOnce(TestApp)) {
    test(TestApp::sqlite().await).await;
}

/// Runs a test on PostgreSQL, where there is one: the second half of `#[both]`.
pub async fn on_postgres(test: impl AsyncFnOnce(TestApp)) {
    if let Some(app) = TestApp::postgres().await {
        test(app).await;
    }
}

impl TestApp {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open_sqlite(&folder.path().join("aside.sqlite"))
            .await
            .expect("SQLite opens");
        Self::on(store, folder).await
    }

    /// On SQLite, with other chance than every other test: another database.
    pub async fn seeded(seed: u64) -> Self {
        let mut this = Self::sqlite().await;
        this.app.resources.entropy = Arc::new(SeededEntropy::new(seed));
        this
    }

    /// `None`, and a line that says so, where no PostgreSQL was given. In CI (`CI` is set) that is a failure: a claim
    /// about both databases was then tested on one.
    pub async fn postgres() -> Option<Self> {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let Ok(address) = std::env::var(POSTGRES_ENV) else {
            assert!(
                std::env::var_os("CI").is_none(),
                "{POSTGRES_ENV} is not set, and in CI no test may skip PostgreSQL: run scripts/with-postgres.sh"
            );
            eprintln!("skipped on PostgreSQL: {POSTGRES_ENV} is not set");
            return None;
        };
        let schema = format!(
            "test_{}_{}",
            std::process::id(),
            SCHEMAS.fetch_add(1, Ordering::Relaxed)
        );
        let options: PgConnectOptions = address.parse().expect("a PostgreSQL address");
        let bare = Store::open_postgres(options.clone())
            .await
            .expect("PostgreSQL answers");
        if let Store::Postgres(pool) = &bare {
            for sql in [
                format!("DROP SCHEMA IF EXISTS {schema} CASCADE"),
                format!("CREATE SCHEMA {schema}"),
            ] {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                    .execute(pool)
                    .await
                    .expect("a schema of its own");
            }
        }
        bare.close().await;
        let store = Store::open_postgres(options.options([("search_path", schema)]))
            .await
            .expect("PostgreSQL answers");
        Some(Self::on(store, tempfile::tempdir().expect("a temporary folder")).await)
    }

    async fn on(store: Store, folder: TempDir) -> Self {
        store.migrate().await.expect("migrations apply");
        let clock = ManualClock::at(BEGINNING);
        let mut config: Config = Settings::default()
            .resolve(Some(folder.path().to_owned()))
            .expect("defaults resolve");
        // The clock stands still, and some tests ask thousands of times.
        config.api_rate = 0;
        let objects =
            Objects::folder(&folder.path().join("objects")).expect("a folder for objects");
        let entropy = Arc::new(SeededEntropy::new(1));
        let resources = Resources::new(store, objects, Arc::new(clock.clone()), entropy);
        let mut app = App::new(config, resources, Passwords::quick());
        // This program is a test.
        app.frames = Frames::by("/nonexistent".into());
        app.excerpts = Excerpts::by("/nonexistent".into());
        Self { app, clock, folder }
    }

    /// The same with other settings.
    #[must_use]
    pub fn configured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::clone(&self.app.config);
        change(&mut config);
        self.app.mailer = mailer(&config);
        self.app.resources.mails = config.mail.is_some();
        self.app.oidc = provider(&config);
        self.app.config = Arc::new(config);
        self
    }

    /// The same, where single pictures are decoded by this `aside-server`.
    #[must_use]
    pub fn decoding_by(mut self, program: &str) -> Self {
        self.app.frames = Frames::by(program.into());
        self.app.excerpts = Excerpts::by(program.into());
        self
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Somebody without cookie or token.
    pub fn anonymous(&self) -> Client {
        Client {
            service: router::service(self.app.clone()),
            headers: HeaderMap::new(),
            peer: None,
        }
    }
}

/// Accounts without a password, and their clients.
impl TestApp {
    /// Makes an account and answers its client, which sends an API token.
    pub async fn person(&self, name: &str, role: Role) -> Client {
        let app = &self.app;
        let user = User {
            id: UserId::new(app.now(), app.id_entropy()),
            email: format!("{name}@example.org").parse().expect("an address"),
            name: name.to_owned(),
            role,
            created_at: app.now(),
        };
        let made = app.store.write(async |tx: &mut Tx| {
            tx.insert_user(&user, None).await?;
            issue(tx, app, Kind::Api, Some(user.id), "test").await
        });
        let (_, secret) = made.await.expect("an account");
        self.anonymous()
            .with("authorization", &format!("Bearer {}", secret.reveal()))
    }

    /// Somebody who records.
    pub async fn sam(&self) -> Client {
        self.person("sam", Role::Member).await
    }
}

/// Looks at an answer to a request for a path.
pub type CheckAnswer = fn(&Method, &str, &Answer);

static CHECK_ANSWER: OnceLock<CheckAnswer> = OnceLock::new();

/// From now on every answer that a [`Client`] of this process gets is looked at.
pub fn check_answers(check: CheckAnswer) {
    CHECK_ANSWER.get_or_init(|| check);
}

/// Somebody who asks. Every header set here goes along with every request.
#[derive(Debug, Clone)]
pub struct Client {
    service: Router,
    headers: HeaderMap,
    /// Where the connection comes from.
    peer: Option<IpAddr>,
}

impl Client {
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(name, value.parse().expect("a header value"));
        self
    }

    /// Keeps the cookies this answer set, as a browser on our own page would.
    #[must_use]
    pub fn keep_cookies(self, answer: &Answer) -> Self {
        let pairs: Vec<&str> = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|v| v.to_str().ok()?.split(';').next())
            .collect();
        self.with("cookie", &pairs.join("; "))
            .with("origin", "http://aside.test")
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Connects from this address.
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        self.peer = Some(address.parse().expect("an address"));
        self
    }

    /// The `Authorization` header of this client, for requests over a real socket.
    pub fn authorization(&self) -> String {
        self.headers
            .get("authorization")
            .map_or_else(String::new, |v| v.to_str().unwrap_or_default().to_owned())
    }

    /// Posts a form (`application/x-www-form-urlencoded`).
    pub async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        self.send(
            Method::POST,
            path,
            Body::from(body),
            Some("application/x-www-form-urlencoded"),
        )
        .await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty(), None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Body::empty(), None).await
    }

    pub async fn post(&self, path: &str, json: &serde_json::Value) -> Answer {
        self.json(Method::POST, path, json).await
    }

    pub async fn put(&self, path: &str, json: &serde_json::Value) -> Answer {
        self.json(Method::PUT, path, json).await
    }

    pub async fn patch(&self, path: &str, json: &serde_json::Value) -> Answer {
        self.json(Method::PATCH, path, json).await
    }

    async fn json(&self, method: Method, path: &str, json: &serde_json::Value) -> Answer {
        self.send(
            method,
            path,
            Body::from(json.to_string()),
            Some("application/json"),
        )
        .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body,
        content_type: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "aside.test");
        if let Some(kind) = content_type {
            request = request.header("content-type", kind);
        }
        self.request(request.body(body).unwrap()).await
    }

    /// Sends any request, with this client's headers added.
    pub async fn request(&self, mut request: Request<Body>) -> Answer {
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        if let Some(peer) = self.peer {
            let peer = ConnectInfo(SocketAddr::new(peer, 4711));
            request.extensions_mut().insert(peer);
        }
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the whole body").to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        };
        if let Some(check) = CHECK_ANSWER.get() {
            check(&method, &path, &answer);
        }
        answer
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; fails the test with the body's text when it is something else.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{}: {e}: {}", self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |v| v.to_str().unwrap_or("?"))
    }

    /// Asserts the status and answers itself, so that calls chain.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Asserts a problem with this code and the status that belongs to it.
    #[track_caller]
    pub fn expect_problem(self, code: ProblemCode) -> Problem {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}: {}",
            self.status,
            self.text()
        );
        let problem: Problem = self.json();
        assert_eq!(
            (problem.code, problem.status, self.status.as_u16()),
            (code, code.status(), code.status()),
            "{problem:?}"
        );
        problem
    }
}

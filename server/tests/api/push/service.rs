//! A push service and browsers that stand in for those of the makers of browsers, written after RFC 8030, 8291 and 8292: the service
//! looks at every field, and a browser reads what was sent with its own private key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aside_server::testing::TestApp;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt as _;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{PublicKey, SecretKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What came.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

#[derive(Debug, Default)]
struct Inner {
    got: Mutex<Vec<Got>>,
    /// Answered in order; then 201. A status, and what `Retry-After` says.
    next: Mutex<VecDeque<(u16, Option<String>)>>,
    /// Takes no larger ones.
    most: Mutex<Option<usize>>,
}

/// A push service on this machine.
#[derive(Debug, Clone)]
pub(super) struct PushService {
    inner: Arc<Inner>,
    pub(super) origin: String,
}

impl PushService {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner::default());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            inner,
            origin: format!("http://127.0.0.1:{port}"),
        }
    }

    pub(super) fn then(&self, status: u16, retry_after: Option<&str>) {
        let told = (status, retry_after.map(str::to_owned));
        self.inner.next.lock().unwrap().push_back(told);
    }

    pub(super) fn takes_at_most(&self, bytes: usize) {
        *self.inner.most.lock().unwrap() = Some(bytes);
    }

    /// All requests, whatever was answered.
    pub(super) fn got(&self) -> Vec<Got> {
        self.inner.got.lock().unwrap().clone()
    }

    /// Checks what is asked of every message, by the time of the application under test.
    pub(super) fn check(&self, app: &TestApp) {
        for got in self.got() {
            assert_eq!(got.header("content-encoding"), "aes128gcm");
            // RFC 8030 §5.2, §5.3, §5.4.
            assert!(got.header("ttl").parse::<u32>().unwrap() > 0);
            assert!(["low", "normal", "high"].contains(&got.header("urgency")));
            let topic = got.header("topic");
            let fine = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            assert!(
                (1..=32).contains(&topic.len()) && topic.chars().all(fine),
                "{topic}"
            );
            // RFC 8030 §7.2: what every service takes.
            assert!(got.body.len() <= 4096, "{}", got.body.len());
            self.check_vapid(app, &got);
        }
    }

    /// RFC 8292 §2 and §3.
    fn check_vapid(&self, app: &TestApp, got: &Got) {
        let field = got.header("authorization");
        let (token, key) = field
            .strip_prefix("vapid t=")
            .and_then(|it| it.split_once(", k="))
            .unwrap();
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(signed.as_bytes(), &signature)
            .unwrap();
        let pieces: Vec<Value> = signed
            .split('.')
            .map(|it| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(it).unwrap()).unwrap())
            .collect();
        assert_eq!(pieces[0], json!({ "typ": "JWT", "alg": "ES256" }));
        assert_eq!(pieces[1]["aud"], self.origin.as_str());
        assert_eq!(pieces[1]["sub"], "https://aside.test");
        // Signed before now, and no longer than a day ahead.
        let now = app.app.now().micros() / 1_000_000;
        let until = pieces[1]["exp"].as_i64().unwrap();
        assert!(until <= now + 24 * 3600, "{until} {now}");
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    assert_eq!(parts.method, Method::POST);
    let most = *inner.most.lock().unwrap();
    let too_large = most.is_some_and(|most| body.len() > most);
    inner.got.lock().unwrap().push(Got {
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body,
    });
    let next = inner.next.lock().unwrap().pop_front();
    let (status, retry_after) = match next {
        Some(told) => told,
        None if too_large => (413, None),
        None => (201, None),
    };
    let mut response = Response::builder()
        .status(status)
        .header("location", "/m/1")
        .header("connection", "close");
    if let Some(retry_after) = retry_after {
        response = response.header("retry-after", retry_after);
    }
    response.body(Body::empty()).unwrap()
}

/// A browser that is told by a push service.
#[derive(Debug, Clone)]
pub(super) struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
    path: String,
    endpoint: String,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    let random = Salt::new(HKDF_SHA256, salt).extract(secret);
    random
        .expand(info, Length(length))
        .unwrap()
        .fill(&mut out)
        .unwrap();
    out
}

impl Browser {
    /// The `n`th one of this service.
    pub(super) fn of(service: &PushService, n: u8) -> Self {
        let path = format!("/p/{n}");
        Self {
            secret: SecretKey::from_slice(&[n; 32]).unwrap(),
            auth: [n; 16],
            endpoint: format!("{}{path}", service.origin),
            path,
        }
    }

    pub(super) fn at(self, endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            ..self
        }
    }

    /// What it says of itself: `PushSubscription.toJSON` of the Push API.
    pub(super) fn json(&self) -> Value {
        let public = self.secret.public_key().to_sec1_bytes();
        json!({
            "endpoint": self.endpoint,
            "expirationTime": null,
            "keys": {
                "p256dh": URL_SAFE_NO_PAD.encode(public),
                "auth": URL_SAFE_NO_PAD.encode(self.auth),
            },
        })
    }

    /// What the service has for it, read with its private key (RFC 8291 §3, RFC 8188 §2).
    pub(super) fn read(&self, service: &PushService) -> Vec<Value> {
        let mine = service.got().into_iter().filter(|it| it.path == self.path);
        mine.map(|got| self.open(&got.body)).collect()
    }

    pub(super) fn open(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        assert!(u32::from_be_bytes(record.try_into().unwrap()) as usize >= rest.len() - 66);
        let (key, sealed) = rest[1..].split_at(usize::from(rest[0]));
        let theirs = PublicKey::from_sec1_bytes(key).unwrap();
        let mine = self.secret.to_nonzero_scalar();
        let shared = (theirs.to_projective() * *mine).to_affine().x();
        let public = self.secret.public_key().to_sec1_bytes();
        let info: [&[u8]; 3] = [b"WebPush: info\0", &public, key];
        let secret = derive(&self.auth, &shared, &info, 32);
        let content = derive(salt, &secret, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = derive(salt, &secret, &[b"Content-Encoding: nonce\0"], 12);
        let content = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content).unwrap());
        let nonce = Nonce::assume_unique_for_key(nonce.try_into().unwrap());
        let mut sealed = sealed.to_vec();
        let open = content.open_in_place(nonce, Aad::empty(), &mut sealed);
        let open = open.expect("sealed for this browser");
        // The text, the mark of the last record, and what fills it up.
        let end = open.iter().rposition(|it| *it != 0).unwrap();
        assert_eq!(open[end], 2);
        serde_json::from_slice(&open[..end]).unwrap()
    }
}

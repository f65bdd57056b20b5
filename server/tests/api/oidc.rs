//! Signing in by a provider, and providers that lie: none of them takes over an account.
//!
//! The provider speaks HTTP over TCP and signs with a key of its own; `tests/web/specs/provider.spec.ts` signs in by a real one.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aside_server::config::oidc::OidcConfig;
use aside_server::domain::account::Role;
use aside_server::domain::oidc::Rules;
use aside_server::store::{Tx, people};
use aside_server::testing::{Answer, Client, TestApp};
use aside_test_macros::both;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// How the next ID token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signed {
    Rightly,
    /// By another key than the one that is published.
    ByOther,
    /// Not at all: `alg` is `none`.
    Not,
    /// With the client's secret, which is no secret of the provider's.
    BySecret,
}

struct Said {
    claims: Value,
    signed: Signed,
    /// Of PKCE, as the browser brought it.
    challenge: String,
    userinfo: Value,
}

#[derive(Clone)]
struct Provider {
    issuer: String,
    said: Arc<Mutex<Said>>,
}

const SECRET: &str = "the client's secret";

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn pack(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

fn token(said: &Said) -> String {
    let alg = match said.signed {
        Signed::Not => "none",
        Signed::BySecret => "HS256",
        _ => "EdDSA",
    };
    let head = json!({ "alg": alg, "typ": "JWT", "kid": "1" });
    let body = format!("{}.{}", pack(&head), pack(&said.claims));
    let signature = match said.signed {
        Signed::Rightly => BASE64.encode(key(1).sign(body.as_bytes())),
        Signed::ByOther => BASE64.encode(key(2).sign(body.as_bytes())),
        Signed::Not => String::new(),
        Signed::BySecret => {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
            BASE64.encode(ring::hmac::sign(&key, body.as_bytes()))
        }
    };
    format!("{body}.{signature}")
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let said = Said {
            claims: Value::Null,
            signed: Signed::Rightly,
            challenge: String::new(),
            userinfo: Value::Null,
        };
        let this = Self {
            issuer,
            said: Arc::new(Mutex::new(said)),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(give))
            .route("/userinfo", get(tell))
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    fn used_by(&self, app: TestApp, rules: Rules) -> TestApp {
        let folder = app.folder().join("secret");
        std::fs::write(&folder, SECRET).unwrap();
        let config = OidcConfig {
            issuer: self.issuer.clone(),
            client_id: "aside".to_owned(),
            client_secret_file: Some(folder),
            scopes: vec!["email".to_owned()],
            name: "Example".to_owned(),
            groups_claim: "groups".to_owned(),
            rules,
            public_url: "https://aside.test".parse().unwrap(),
        };
        app.configured(|it| it.oidc = Some(config))
    }

    /// Begins a sign-in; answers the browser, and what it has to bring back.
    async fn begin(&self, app: &TestApp, next: &str) -> (Client, HashMap<String, String>) {
        let begun = app
            .anonymous()
            .get(&format!("/api/oidc/start?next={next}"))
            .await;
        let begun = begun.expect(303);
        let url: url::Url = begun.header("location").parse().unwrap();
        assert!(url.as_str().starts_with(&self.issuer), "{url}");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(
            asked["redirect_uri"],
            "https://aside.test/api/oidc/callback"
        );
        assert_eq!(
            (
                asked["code_challenge_method"].as_str(),
                asked["scope"].as_str()
            ),
            ("S256", "openid email")
        );
        self.said.lock().unwrap().challenge = asked["code_challenge"].clone();
        (app.anonymous().keep_cookies(&begun), asked)
    }

    /// What an honest provider says of somebody.
    fn claims(&self, subject: &str, email: &str, asked: &HashMap<String, String>) -> Value {
        let now = real_seconds();
        json!({
            "iss": self.issuer, "aud": "aside", "sub": subject, "nonce": asked["nonce"], "iat": now, "exp": now + 300,
            "email": email, "email_verified": true, "name": "Ana Lima",
        })
    }

    /// A whole sign-in, in which the provider says what `say` makes of the truth.
    async fn sign_in(
        &self,
        app: &TestApp,
        subject: &str,
        email: &str,
        say: impl FnOnce(&mut Value),
    ) -> Answer {
        let (browser, asked) = self.begin(app, "/settings").await;
        let mut claims = self.claims(subject, email, &asked);
        say(&mut claims);
        self.said.lock().unwrap().claims = claims;
        back(&browser, &asked["state"]).await
    }
}

async fn describe(State(it): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", it.issuer);
    Json(json!({
        "issuer": it.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
        "userinfo_endpoint": at("/userinfo"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        // It says that it would sign in any way.
        "id_token_signing_alg_values_supported": ["EdDSA", "RS256", "HS256", "none"],
    }))
}

async fn keys() -> Json<Value> {
    let public = BASE64.encode(key(1).public_key().as_ref());
    Json(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": public, "kid": "1", "use": "sig", "alg": "EdDSA" }] }),
    )
}

async fn give(
    State(it): State<Provider>,
    Form(asked): Form<HashMap<String, String>>,
) -> Json<Value> {
    let said = it.said.lock().unwrap();
    let challenge = BASE64.encode(Sha256::digest(asked["code_verifier"].as_bytes()));
    if challenge != said.challenge || asked["code"] != "a code" {
        return Json(json!({ "error": "invalid_grant" }));
    }
    Json(json!({ "access_token": "opaque", "token_type": "Bearer", "id_token": token(&said) }))
}

async fn tell(State(it): State<Provider>) -> Json<Value> {
    let said = it.said.lock().unwrap();
    match &said.userinfo {
        Value::Null => Json(json!({ "sub": said.claims["sub"] })),
        about => Json(about.clone()),
    }
}

async fn back(browser: &Client, state: &str) -> Answer {
    browser
        .get(&format!("/api/oidc/callback?code=a%20code&state={state}"))
        .await
}

/// Asserts that the browser is sent to the sign-in page with this word, signed in as nobody.
#[track_caller]
fn refused(answer: &Answer, word: &str) {
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(
        answer.header("location"),
        format!("/sign-in?provider={word}")
    );
    assert!(
        !answer.header("set-cookie").contains("session"),
        "{answer:?}"
    );
}

/// Who is signed in after a sign-in that went well.
async fn who(app: &TestApp, answer: Answer) -> Value {
    let answer = answer.expect(303);
    assert_eq!(answer.header("location"), "/settings");
    let me: Value = app
        .anonymous()
        .keep_cookies(&answer)
        .get("/api/me")
        .await
        .json();
    me["user"].clone()
}

fn ours() -> Rules {
    Rules {
        domains: vec!["example.org".to_owned()],
        roles: Vec::new(),
    }
}

/// Somebody has an account: the server is set up.
async fn with_sam(app: &TestApp) {
    app.person("sam", Role::Owner).await;
}

/// What is said in place of the truth.
type Lie = Box<dyn Fn(&mut Value)>;

/// The verifier of tokens reads the machine's clock, so a provider that it believes does too.
#[expect(
    clippy::disallowed_methods,
    reason = "the library that verifies reads it as well"
)]
fn real_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

#[both]
async fn who_comes_by_the_provider_gets_an_account_and_the_same_one_ever_after(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    let ana = who(
        &app,
        provider.sign_in(&app, "7", "Ana@Example.org", |_| {}).await,
    )
    .await;
    assert_eq!(
        (&ana["email"], &ana["name"], &ana["role"]),
        (
            &json!("ana@example.org"),
            &json!("Ana Lima"),
            &json!("member")
        )
    );
    // Known by the provider's name for her: the address may be another one, or nobody's, by now.
    let again = provider.sign_in(&app, "7", "sam@example.org", |it| {
        it["email_verified"] = json!(false);
    });
    assert_eq!(who(&app, again.await).await["id"], ana["id"]);
    let me: Value = app.anonymous().get("/api/me").await.expect(200).json();
    assert_eq!(me["server"]["provider"], "Example");
}

#[both]
async fn a_lying_provider_takes_over_no_account(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    let sam = "sam@example.org";
    let hour_ago = real_seconds() - 3600;
    let lies: [(&str, Lie); 7] = [
        (
            "another issuer",
            Box::new(|it| it["iss"] = json!("https://id.example.org")),
        ),
        (
            "another nonce",
            Box::new(|it| it["nonce"] = json!("of another sign-in")),
        ),
        ("no nonce", Box::new(|it| it["nonce"] = Value::Null)),
        (
            "another audience",
            Box::new(|it| it["aud"] = json!("another client")),
        ),
        (
            "several audiences",
            Box::new(|it| it["aud"] = json!(["aside", "another client"])),
        ),
        ("run out", Box::new(move |it| it["exp"] = json!(hour_ago))),
        ("no subject", Box::new(|it| it["sub"] = Value::Null)),
    ];
    for (lie, say) in lies {
        let answer = provider.sign_in(&app, "7", sam, &*say).await;
        let to = answer.header("location").to_owned();
        assert!(
            ["/sign-in?provider=not_believed", "/sign-in?provider=away"].contains(&to.as_str()),
            "{lie}: {to}"
        );
        assert!(!answer.header("set-cookie").contains("session"), "{lie}");
    }
    for signed in [Signed::ByOther, Signed::Not, Signed::BySecret] {
        provider.said.lock().unwrap().signed = signed;
        let answer = provider.sign_in(&app, "7", sam, |_| {}).await;
        refused(&answer, "not_believed");
    }
    provider.said.lock().unwrap().signed = Signed::Rightly;
    for unverified in [json!(false), Value::Null] {
        let say = |it: &mut Value| {
            it["email_verified"] = unverified;
            if it["email_verified"].is_null() {
                it.as_object_mut().unwrap().remove("email_verified");
            }
        };
        refused(&provider.sign_in(&app, "7", sam, say).await, "unverified");
    }
    // The truth at last: nothing of what was said before was kept.
    let answer = provider.sign_in(&app, "8", sam, |_| {}).await;
    assert_eq!(who(&app, answer).await["email"], sam);
}

#[both]
async fn a_userinfo_about_somebody_else_is_not_believed(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    let without = |it: &mut Value| {
        it.as_object_mut().unwrap().remove("email");
    };
    let about = |subject: &str| json!({ "sub": subject, "email": "sam@example.org", "email_verified": true });
    provider.said.lock().unwrap().userinfo = about("9");
    let answer = provider.sign_in(&app, "7", "", without).await;
    assert!(
        answer.header("location").starts_with("/sign-in?provider="),
        "{answer:?}"
    );
    provider.said.lock().unwrap().userinfo = about("7");
    let answer = provider.sign_in(&app, "7", "", without).await;
    assert_eq!(who(&app, answer).await["email"], "sam@example.org");
}

#[both]
async fn an_account_belongs_to_the_first_who_proved_its_address(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    let sam = who(
        &app,
        provider.sign_in(&app, "1", "sam@example.org", |_| {}).await,
    )
    .await;
    assert_eq!(sam["role"], "owner", "linked, not made anew");
    // The provider gave the address to somebody else meanwhile.
    let other = provider.sign_in(&app, "2", "sam@example.org", |_| {}).await;
    refused(&other, "other_person");
}

#[both]
async fn an_account_made_with_somebody_elses_address_does_not_get_their_sign_ins(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    let email = "sam@example.org".parse().unwrap();
    let (sam, _) = app.app.store.credentials(&email).await.unwrap().unwrap();
    let unproved = app
        .app
        .store
        .write(async |tx: &mut Tx| people::set_unproved(tx, sam.id).await);
    unproved.await.unwrap();
    let answer = provider.sign_in(&app, "1", "sam@example.org", |_| {}).await;
    refused(&answer, "other_person");
}

#[both]
async fn a_sign_in_ends_once_in_the_browser_that_began_it_and_soon(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    let (browser, asked) = provider.begin(&app, "/settings").await;
    provider.said.lock().unwrap().claims = provider.claims("7", "ana@example.org", &asked);
    refused(&back(&app.anonymous(), &asked["state"]).await, "unknown");
    let (other, _) = provider.begin(&app, "/").await;
    refused(&back(&other, &asked["state"]).await, "unknown");
    refused(&back(&browser, "made-up").await, "unknown");
    let cancelled = browser
        .get("/api/oidc/callback?error=access_denied&state=x")
        .await;
    refused(&cancelled, "cancelled");
    provider.said.lock().unwrap().challenge = asked["code_challenge"].clone();
    assert_eq!(
        who(&app, back(&browser, &asked["state"]).await).await["name"],
        "Ana Lima"
    );
    refused(&back(&browser, &asked["state"]).await, "unknown");

    let (late, asked) = provider.begin(&app, "/settings").await;
    app.clock.advance(Duration::from_secs(600));
    refused(&back(&late, &asked["state"]).await, "unknown");
}

#[both]
async fn after_signing_in_nobody_is_sent_to_another_site(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, ours());
    with_sam(&app).await;
    for next in [
        "//evil.example",
        "%09//evil.example",
        "https://evil.example/",
        "%5C%5Cevil.example",
    ] {
        let (browser, asked) = provider.begin(&app, next).await;
        provider.said.lock().unwrap().claims = provider.claims("7", "ana@example.org", &asked);
        let answer = back(&browser, &asked["state"]).await.expect(303);
        assert_eq!(answer.header("location"), "/", "{next}");
    }
}

#[both]
async fn the_domain_and_the_groups_say_who_comes_in_and_as_what(app: TestApp) {
    let provider = Provider::start().await;
    let roles = vec![
        ("staff".to_owned(), Role::Member),
        ("ops".to_owned(), Role::Admin),
    ];
    let app = provider.used_by(app, Rules { roles, ..ours() });
    with_sam(&app).await;
    let groups = |names: &'static [&'static str]| move |it: &mut Value| it["groups"] = json!(names);
    let outside = provider
        .sign_in(&app, "5", "eve@evil.example", groups(&["ops"]))
        .await;
    refused(&outside, "domain");
    let nobody = provider
        .sign_in(&app, "6", "ben@example.org", groups(&["football"]))
        .await;
    refused(&nobody, "group");
    let ana = provider
        .sign_in(&app, "7", "ana@example.org", groups(&["staff"]))
        .await;
    assert_eq!(who(&app, ana).await["role"], "member");
    let ana = provider
        .sign_in(&app, "7", "ana@example.org", groups(&["staff", "ops"]))
        .await;
    assert_eq!(who(&app, ana).await["role"], "admin");
    let gone = provider
        .sign_in(&app, "7", "ana@example.org", groups(&[]))
        .await;
    refused(&gone, "group");
    let sam = provider
        .sign_in(&app, "1", "sam@example.org", groups(&["staff"]))
        .await;
    assert_eq!(
        who(&app, sam).await["role"],
        "owner",
        "an owner is unmade by hand"
    );
}

#[both]
async fn a_provider_for_the_whole_world_gives_nobody_a_new_account(app: TestApp) {
    let provider = Provider::start().await;
    let app = provider.used_by(app, Rules::default());
    with_sam(&app).await;
    let stranger = provider
        .sign_in(&app, "7", "eve@evil.example", |_| {})
        .await;
    refused(&stranger, "domain");
    let sam = provider.sign_in(&app, "1", "sam@example.org", |_| {}).await;
    assert_eq!(who(&app, sam).await["email"], "sam@example.org");
}

#[both]
async fn a_provider_that_is_away_or_a_server_without_one_or_without_an_owner_says_so(app: TestApp) {
    app.anonymous().get("/api/oidc/start").await.expect(404);
    app.anonymous().get("/api/oidc/callback").await.expect(404);
    let provider = Provider::start().await;
    let mut app = provider.used_by(app, ours());
    refused(&app.anonymous().get("/api/oidc/start").await, "not_set_up");
    with_sam(&app).await;
    app = app.configured(|it| {
        if let Some(oidc) = &mut it.oidc {
            // Nobody listens there.
            oidc.issuer = "http://127.0.0.1:9".to_owned();
        }
    });
    refused(&app.anonymous().get("/api/oidc/start").await, "away");
}

//! `aside login`: the device authorization grant (RFC 8628). No password ever enters this program;
//! it opens no browser by itself, since the browser may be on another machine.

use std::io;
use std::time::Duration;

use aside_protocol::device::{
    DEVICE_GRANT, DeviceAuthorization, DeviceError, DeviceRefusal, DeviceToken,
};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;
use url::{Url, form_urlencoded};

use super::app::{App, runtime};
use super::args::Login;
use super::exit::Exit;
use super::failure::Failure;
use super::show::{JsonLines, err, out};
use crate::config::{Settings, parse_server};
use crate::http::{Http, HttpError, Token, is_this_computer};
use crate::link::at_least_as_good;

const CLIENT: &str = "aside-recorder";
/// How much slower after `slow_down` (RFC 8628 §3.5), and how slow where the server names no pace (§3.2).
const POLL_STEP: Duration = Duration::from_secs(5);

pub(super) fn login(app: &App, args: &Login) -> Result<Exit, Failure> {
    let server = parse_server(&args.server)?;
    let settings_file = app.env.config_file()?;
    let words: Box<dyn Words> = match args.json {
        true => Box::new(JsonLines::new(app.world.clone())),
        false => Box::new(ForPeople),
    };
    if server.scheme() == "http" && !is_this_computer(&server) {
        err(
            "This server is reached without encryption: everybody on the way can read recordings and the token.",
        );
    }
    let runtime = runtime()?;
    let token = match args.token_stdin {
        true => token_from_stdin()?,
        false => runtime.block_on(ask_in_the_browser(app, &server, words.as_ref()))?,
    };
    let http = Http::new(&server, Some(token.clone()))?;
    let person = runtime.block_on(who_am_i(&http))?;
    let settings = Settings {
        server: Some(http.address().to_owned()),
        token: Some(token.expose().to_owned()),
    };
    settings.save(&settings_file)?;
    words.signed_in(http.address(), &person);
    if app.env.server.is_some() || app.env.token.is_some() {
        err("ASIDE_SERVER or ASIDE_TOKEN is set and goes before what was just saved.");
    }
    Ok(Exit::Ok)
}

fn token_from_stdin() -> Result<Token, Failure> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|e| {
        Failure::new(
            Exit::Failed,
            format!("the token could not be read from standard input ({e})"),
        )
    })?;
    Token::new(&line)
        .ok_or_else(|| Failure::new(Exit::Usage, "there was no token on standard input"))
}

#[derive(Deserialize)]
struct Me {
    user: Option<Person>,
}

#[derive(Deserialize)]
struct Person {
    name: String,
    email: String,
}

async fn who_am_i(http: &Http) -> Result<String, Failure> {
    let me: Me = http.ask(http.request(Method::GET, "api/me")?).await?;
    match me.user {
        Some(person) => Ok(format!("{} <{}>", person.name, person.email)),
        None => Err(Failure::new(
            Exit::NotSignedIn,
            format!("{} does not know this token", http.address()),
        )),
    }
}

/// What one poll brought.
#[derive(Debug, PartialEq, Eq)]
enum Poll {
    Token(String),
    Pending,
    SlowDown,
    Denied,
    Expired,
}

/// How a sign-in is told.
trait Words {
    /// Where which code is entered.
    fn code(&self, page: &str, page_with_code: &str, granted: &DeviceAuthorization);
    fn signed_in(&self, server: &str, person: &str);
}

struct ForPeople;

impl Words for ForPeople {
    fn code(&self, page: &str, page_with_code: &str, granted: &DeviceAuthorization) {
        out(&format!(
            "Open {page} and enter the code {}",
            granted.user_code
        ));
        out(&format!("(or open {page_with_code})"));
    }

    fn signed_in(&self, server: &str, person: &str) {
        out(&format!("Signed in to {server} as {person}."));
    }
}

impl Words for JsonLines {
    fn code(&self, page: &str, page_with_code: &str, granted: &DeviceAuthorization) {
        self.write(&json!({
            "event": "code", "code": granted.user_code, "page": page, "page_with_code": page_with_code,
            "expires_in_s": granted.expires_in,
        }));
    }

    fn signed_in(&self, server: &str, person: &str) {
        self.write(&json!({ "event": "signed_in", "server": server, "person": person }));
    }
}

async fn ask_in_the_browser(app: &App, server: &Url, words: &dyn Words) -> Result<Token, Failure> {
    let http = Http::new(server, None)?;
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let mut granted: DeviceAuthorization = http
        .ask(form(
            &http,
            "api/device/authorize",
            &[("client_id", CLIENT), ("name", &name)],
        )?)
        .await?;
    let page = at_least_as_good(
        http.address(),
        std::mem::take(&mut granted.verification_uri),
    );
    let page_with_code = at_least_as_good(
        http.address(),
        std::mem::take(&mut granted.verification_uri_complete),
    );
    words.code(&page, &page_with_code, &granted);

    let began = app.world.clock.now();
    let mut pace = match granted.interval {
        0 => POLL_STEP,
        seconds => Duration::from_secs(seconds),
    };
    while app.world.clock.now().since(began).as_secs() < granted.expires_in {
        tokio::time::sleep(pace).await;
        match poll(&http, &granted.device_code).await {
            Ok(Poll::Token(text)) => {
                let strange =
                    || Failure::new(Exit::Failed, "the server gave a token that cannot be used");
                return Token::new(&text).ok_or_else(strange);
            }
            Ok(Poll::Pending) => {}
            Ok(Poll::SlowDown) => pace += POLL_STEP,
            Ok(Poll::Denied) => {
                return Err(Failure::new(
                    Exit::NotSignedIn,
                    "the request was denied in the browser. Nobody was signed in",
                ));
            }
            Ok(Poll::Expired) => break,
            // RFC 8628 §3.5: after a connection time-out, ask half as often.
            Err(HttpError::Unreachable { .. }) => pace *= 2,
            Err(other) => return Err(other.into()),
        }
    }
    Err(Failure::new(
        Exit::NotSignedIn,
        "nobody entered the code in time. Start `aside login` again",
    ))
}

async fn poll(http: &Http, device_code: &str) -> Result<Poll, HttpError> {
    let fields = [
        ("grant_type", DEVICE_GRANT),
        ("device_code", device_code),
        ("client_id", CLIENT),
    ];
    let (status, body) = http.raw(form(http, "api/device/token", &fields)?).await?;
    if status.is_success()
        && let Ok(token) = serde_json::from_slice::<DeviceToken>(&body)
    {
        return Ok(Poll::Token(token.access_token));
    }
    match serde_json::from_slice::<DeviceRefusal>(&body) {
        Ok(refusal) => Ok(match refusal.error {
            DeviceError::AuthorizationPending => Poll::Pending,
            DeviceError::SlowDown => Poll::SlowDown,
            DeviceError::AccessDenied => Poll::Denied,
            DeviceError::ExpiredToken => Poll::Expired,
            DeviceError::InvalidRequest | DeviceError::UnsupportedGrantType => {
                return Err(http.not_aside(format!(
                    "it does not understand the sign-in: {:?}",
                    refusal.error
                )));
            }
        }),
        // A server that stumbles may stand again before the code runs out.
        Err(_) if status.is_server_error() || status.as_u16() == 429 => Ok(Poll::SlowDown),
        Err(e) => Err(http.not_aside(e.to_string())),
    }
}

fn form(
    http: &Http,
    path: &str,
    fields: &[(&str, &str)],
) -> Result<reqwest::RequestBuilder, HttpError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Ok(http
        .request(Method::POST, path)?
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body))
}

//! Asking an Aside server: one place for time-outs, the token, and what an answer means.
//!
//! An error is the server's only if its body is a problem (`application/problem+json`); whatever else comes back
//! was said by something in between (a proxy, a hotel's sign-in page) and is a failure of the line, which goes away by
//! itself. Redirects are not followed: a token belongs to the server it was made for.

use std::fmt;
use std::time::Duration;

use aside_protocol::problem::{Problem, ProblemCode};
use aside_protocol::recording::MAX_PART_BYTES;
use aside_protocol::upload::TrackRanges;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use url::{Host, Url};

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);

/// Why there is no answer, or not the wished one.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    #[error("the server {host} does not answer ({detail})")]
    Unreachable { host: String, detail: String },
    #[error(
        "{host} did not answer as an Aside server does, but with {what}; a proxy in between may have said that"
    )]
    NotAside {
        host: String,
        what: String,
        /// HTTP status; `None` when there was none of interest.
        status: Option<u16>,
    },
    #[error(
        "something between here and {host} does not let a request of {size} bytes through (413). Raise its limit for \
         request bodies to at least {limit} bytes (nginx: client_max_body_size {mebibytes}m)",
        limit = MAX_PART_BYTES,
        mebibytes = MAX_PART_BYTES.div_ceil(1024 * 1024)
    )]
    ProxyLimit { host: String, size: usize },
    #[error("{}", .0)]
    Refused(Box<Refused>),
    #[error("this computer cannot make HTTPS connections ({0})")]
    NoTls(String),
}

/// What the server said no with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub status: u16,
    pub code: ProblemCode,
    /// For people; may be empty.
    pub detail: String,
    pub missing: Vec<TrackRanges>,
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.detail.as_str()) {
            (ProblemCode::Unknown, "") => write!(f, "the server answered {}", self.status),
            (code, "") => write!(f, "{} ({})", code.title(), code.as_str()),
            (_, detail) => f.write_str(detail),
        }
    }
}

/// A bearer token. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// `None` when it is empty or could not be sent in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let sendable = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        sendable.then(|| Self(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A server and who we are to it.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    base: Url,
    token: Option<Token>,
}

impl Http {
    pub fn new(base: &Url, token: Option<Token>) -> Result<Self, HttpError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("aside/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .tcp_nodelay(true);
        if base.scheme() == "http" {
            // A machine without any certificate can still talk to a server in the same room.
            builder = builder.tls_certs_only([]);
        }
        if is_this_computer(base) {
            // A proxy on the way out knows nothing of this computer.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|e| HttpError::NoTls(whole_story(&e)))?;
        let mut base = base.clone();
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self {
            client,
            base,
            token,
        })
    }

    /// The server's address without a slash at its end.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// A request for a path such as `api/me`.
    pub fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, HttpError> {
        let url = self
            .base
            .join(path)
            .map_err(|e| self.not_aside(e.to_string()))?;
        let request = self.client.request(method, url).timeout(ANSWER);
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        })
    }

    /// Sends, and reads the answer as `T`.
    pub async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, HttpError> {
        let response = self.send(request).await?;
        let status = response.status();
        if !is_json(&response) {
            return Err(self.foreign(status, kind(&response)));
        }
        let bytes = response.bytes().await.map_err(|e| self.unreachable(&e))?;
        serde_json::from_slice(&bytes).map_err(|e| HttpError::NotAside {
            host: self.host(),
            what: format!("{status}, {e}"),
            status: Some(status.as_u16()),
        })
    }

    /// Sends, and gives status and body as they are: for endpoints with errors of their own.
    pub async fn raw(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), HttpError> {
        let response = request.send().await.map_err(|e| self.unreachable(&e))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|e| self.unreachable(&e))?;
        Ok((status, body.to_vec()))
    }

    /// Sends, and takes any success for an answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, HttpError> {
        let response = request.send().await.map_err(|e| self.unreachable(&e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if !status.is_client_error() && !status.is_server_error() {
            let to = response
                .headers()
                .get("location")
                .and_then(|l| l.to_str().ok())
                .unwrap_or("elsewhere");
            return Err(HttpError::NotAside {
                host: self.host(),
                what: format!("{status}, it points to {to}"),
                status: Some(status.as_u16()),
            });
        }
        let kind = kind(&response).to_owned();
        match refusal(response).await {
            Some(refused) => Err(HttpError::Refused(Box::new(refused))),
            None => Err(self.foreign(status, &kind)),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> HttpError {
        let detail = if error.is_timeout() {
            "it took too long".to_owned()
        } else {
            whole_story(error)
        };
        HttpError::Unreachable {
            host: self.host(),
            detail,
        }
    }

    /// An answer that makes no sense.
    pub fn not_aside(&self, what: String) -> HttpError {
        HttpError::NotAside {
            host: self.host(),
            what,
            status: None,
        }
    }

    /// An answer of another program.
    fn foreign(&self, status: StatusCode, kind: &str) -> HttpError {
        HttpError::NotAside {
            host: self.host(),
            what: match kind {
                "" => status.to_string(),
                kind => format!("{status}, {kind}"),
            },
            status: Some(status.as_u16()),
        }
    }

    fn host(&self) -> String {
        self.base.host_str().unwrap_or("the server").to_owned()
    }
}

/// Whether what is sent there stays on this machine.
pub fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The media type of an answer, without parameters; empty when it has none.
fn kind(response: &Response) -> &str {
    let value = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    value
        .and_then(|v| v.split(';').next())
        .unwrap_or_default()
        .trim()
}

fn is_json(response: &Response) -> bool {
    kind(response).eq_ignore_ascii_case("application/json")
}

/// The server's own no. `None`: it is not a problem (RFC 9457) with a code, so somebody else said it.
async fn refusal(response: Response) -> Option<Refused> {
    let status = response.status().as_u16();
    if !kind(&response).eq_ignore_ascii_case("application/problem+json") {
        return None;
    }
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|v| v.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let bytes = response.bytes().await.ok()?;
    let problem: Problem = serde_json::from_slice(&bytes).ok()?;
    Some(Refused {
        status,
        code: problem.code,
        detail: problem.detail.unwrap_or_default(),
        missing: problem.missing,
        retry_after,
    })
}

/// The innermost cause says what happened ("connection refused"); the outer ones say where.
fn whole_story(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(why) = certificate_refused(error) {
        return why;
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// In plain words, when it was the certificate of the server that was not accepted.
fn certificate_refused(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(e) = cause {
        // `io::Error::source` skips the error that it wraps.
        let wrapped = e
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        let tls = e.downcast_ref::<rustls::Error>().or_else(|| {
            let inner: &(dyn std::error::Error + 'static) = wrapped?;
            inner.downcast_ref::<rustls::Error>()
        });
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return Some(certificate_words(why));
        }
        cause = e.source();
    }
    None
}

fn certificate_words(why: &rustls::CertificateError) -> String {
    use rustls::CertificateError as C;
    const TRUST: &str =
        "name its file in SSL_CERT_FILE, or add it to the certificates of this computer";
    match why {
        C::UnknownIssuer => format!(
            "its certificate is signed by nobody this computer trusts, perhaps by itself; if that is right, {TRUST}"
        ),
        C::Expired | C::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        C::NotValidYet | C::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is the clock of this computer right?".to_owned()
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        // What rustls says of a certificate that stands for itself: it may sign others.
        C::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => format!(
            "its certificate is self-signed; if that is right, have a certificate signed by an authority of your own, and {TRUST}"
        ),
        other => format!("its certificate is not accepted: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_not_accepted_is_told_in_plain_words() {
        use rustls::CertificateError as C;
        let inner = rustls::Error::InvalidCertificate(C::UnknownIssuer);
        let error = std::io::Error::other(inner);
        let story = whole_story(&error);
        assert!(
            story.contains("signed by nobody this computer trusts"),
            "{story}"
        );
        for why in [
            C::Expired,
            C::NotValidYet,
            C::NotValidForName,
            C::BadEncoding,
        ] {
            let words = certificate_words(&why);
            assert!(words.starts_with("its certificate"), "{words}");
        }
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = Token::new(" secret\n").unwrap();
        assert_eq!(token.expose(), "secret");
        assert!(!format!("{token:?}").contains("secret"));
        assert_eq!(Token::new("two words"), None);
        assert_eq!(Token::new("  "), None);
    }

    #[test]
    fn a_server_below_a_path_keeps_its_path() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Http::new(&"http://localhost:1/aside".parse().unwrap(), None).unwrap();
        assert_eq!(http.address(), "http://localhost:1/aside");
        let request = http
            .request(Method::GET, "api/me")
            .unwrap()
            .build()
            .unwrap();
        assert_eq!(request.url().as_str(), "http://localhost:1/aside/api/me");
    }
}

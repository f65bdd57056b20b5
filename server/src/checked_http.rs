//! HTTP to addresses that people name. What a name means is looked up here and checked in the same step in which it is dialled, so
//! that no second look-up can bring another address (decision 77). No redirect is followed, no proxy is asked, and an answer may
//! neither take long nor be large.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use url::{Host, Url};

use crate::domain::dial::{DialRule, is_metadata};

/// The addresses behind a name.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows the addresses behind names.
pub trait Lookup: Send + Sync + fmt::Debug {
    fn lookup(&self, host: &str) -> Found;
}

/// The resolver of the system.
#[derive(Debug, Clone, Copy)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: &str) -> Found {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|it| it.ip()).collect())
        })
    }
}

/// What an exchange may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the line stands.
    pub connect: Duration,
    /// Until the answer is read.
    pub total: Duration,
    /// Bytes of an answer that are read; the rest is not waited for.
    pub answer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            // As Standard Webhooks asks for: 15 to 30 seconds.
            total: Duration::from_secs(15),
            answer: 16 * 1024,
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    /// At most [`Limits::answer`] bytes.
    pub body: Vec<u8>,
    /// There was more of it.
    pub cut: bool,
}

/// An answer whose body is still on its way.
#[derive(Debug)]
pub struct Coming<'c> {
    http: &'c CheckedHttp,
    response: Response,
}

impl Coming<'_> {
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// What comes next of the body; none: that was all.
    pub async fn next(&mut self) -> Result<Option<Bytes>, CheckedError> {
        let more = self.response.chunk().await;
        more.map_err(|it| self.http.why(it))
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckedError {
    #[error("the address does not begin with https://")]
    NoHttp,
    #[error(
        "{0} is no public address, or it is not asked by https; outbound_allow can name its network"
    )]
    Forbidden(IpAddr),
    #[error(
        "{0} is link-local, or where a cloud keeps credentials of its machines; no setting permits it"
    )]
    Metadata(IpAddr),
    #[error("there is no address for {0}")]
    NoAddress(String),
    #[error("no whole answer within {} s", .0.as_secs())]
    TooSlow(Duration),
    #[error("{0}")]
    Line(String),
}

/// A client for such addresses. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct CheckedHttp {
    tls: Client,
    /// For networks that may be asked without TLS.
    plain: Client,
    rule: DialRule,
    limits: Limits,
}

impl CheckedHttp {
    pub fn new(rule: DialRule, limits: Limits) -> Result<Self, CheckedError> {
        Self::looking_up(rule, limits, Arc::new(SystemLookup))
    }

    /// The same with another resolver.
    pub fn looking_up(
        rule: DialRule,
        limits: Limits,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, CheckedError> {
        // Fine when another part of the program did so before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |tls: bool, lookup: Arc<dyn Lookup>| {
            let checked = Checked {
                rule: rule.clone(),
                lookup,
                tls,
            };
            Client::builder()
                .dns_resolver(Arc::new(checked))
                .redirect(Policy::none())
                .no_proxy()
                .connect_timeout(limits.connect)
                .timeout(limits.total)
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(Duration::from_secs(30))
                .user_agent(concat!("Aside/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|cause| CheckedError::Line(cause.to_string()))
        };
        Ok(Self {
            tls: client(true, Arc::clone(&lookup))?,
            plain: client(false, lookup)?,
            rule,
            limits,
        })
    }

    /// Asks once.
    pub async fn send(&self, ask: Ask) -> Result<Told, CheckedError> {
        self.send_reading(ask, self.limits.answer).await
    }

    /// The same, reading so many bytes of the answer.
    pub async fn send_reading(&self, ask: Ask, most: usize) -> Result<Told, CheckedError> {
        let coming = self.open(ask).await?;
        self.read(coming.response, most).await
    }

    /// The same, where the answer is read as it comes.
    pub async fn open(&self, ask: Ask) -> Result<Coming<'_>, CheckedError> {
        let (client, tls) = match ask.url.scheme() {
            "https" => (&self.tls, true),
            "http" => (&self.plain, false),
            _ => return Err(CheckedError::NoHttp),
        };
        // An address in figures is dialled without being looked up.
        let figures = match ask.url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(Host::Domain(_)) => None,
            None => return Err(CheckedError::NoHttp),
        };
        if let Some(address) = figures.filter(|it| !self.rule.permits(*it, tls)) {
            return Err(forbidden(address));
        }
        let request = client
            .request(ask.method, ask.url)
            .headers(ask.headers)
            .body(ask.body);
        let response = request.send().await.map_err(|it| self.why(it))?;
        Ok(Coming {
            http: self,
            response,
        })
    }

    async fn read(&self, mut response: Response, most: usize) -> Result<Told, CheckedError> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let mut cut = false;
        while let Some(more) = response.chunk().await.map_err(|it| self.why(it))? {
            let room = most - body.len();
            if more.len() > room {
                body.extend_from_slice(&more[..room]);
                cut = true;
                break;
            }
            body.extend_from_slice(&more);
        }
        Ok(Told {
            status,
            headers,
            body,
            cut,
        })
    }

    fn why(&self, error: reqwest::Error) -> CheckedError {
        if let Some(refused) = refusal(&error) {
            return refused;
        }
        if error.is_timeout() {
            return CheckedError::TooSlow(self.limits.total);
        }
        // The address may hold a secret.
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        CheckedError::Line(cause.to_string())
    }
}

/// Why it is not dialled.
fn forbidden(address: IpAddr) -> CheckedError {
    if is_metadata(address) {
        CheckedError::Metadata(address)
    } else {
        CheckedError::Forbidden(address)
    }
}

/// What [`Checked`] said, from below the errors of the client.
fn refusal(error: &reqwest::Error) -> Option<CheckedError> {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(it) = cause {
        if let Some(refused) = it.downcast_ref::<CheckedError>() {
            return Some(refused.clone());
        }
        cause = it.source();
    }
    None
}

/// A resolver that answers only addresses that may be dialled.
#[derive(Debug)]
struct Checked {
    rule: DialRule,
    lookup: Arc<dyn Lookup>,
    tls: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (rule, tls, host) = (self.rule.clone(), self.tls, name.as_str().to_owned());
        let found = self.lookup.lookup(&host);
        Box::pin(async move {
            let found = found.await.unwrap_or_default();
            let Some(first) = found.first().copied() else {
                return Err(CheckedError::NoAddress(host).into());
            };
            let permitted: Vec<SocketAddr> = found
                .into_iter()
                .filter(|it| rule.permits(*it, tls))
                .map(|it| SocketAddr::new(it, 0))
                .collect();
            if permitted.is_empty() {
                return Err(forbidden(first).into());
            }
            let addresses: Addrs = Box::new(permitted.into_iter());
            Ok(addresses)
        })
    }
}

//! Settings: flags over environment (`ASIDE_…`) over one TOML file over defaults. None is required.
//!
//! Every flag is an `Option`, because a plain `bool` flag would silently overwrite the file.

pub mod assistant;
pub mod mail;
pub mod oidc;
pub mod replies;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use url::Url;

use crate::domain::address::TrustedProxies;
use crate::domain::media_delivery::MediaDelivery;
use crate::domain::screen_text::{Languages, NoLanguages};

use assistant::{AssistantConfig, AssistantConfigError, Key};
use mail::{MailConfig, MailConfigError};
use oidc::{OidcConfig, OidcConfigError};
use replies::{RepliesConfig, RepliesConfigError};

/// As given by flags and environment, or by the file. `aside-server config sample` prints it with comments.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder for everything the server keeps
    #[arg(long, env = "ASIDE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address to answer on; port 0 takes a free one
    #[arg(long, env = "ASIDE_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// postgres://… instead of a SQLite file in the data folder
    #[arg(
        long,
        env = "ASIDE_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// s3://bucket/prefix?endpoint=…&region=… instead of a folder in the data folder
    #[arg(
        long,
        env = "ASIDE_OBJECTS",
        value_name = "URL",
        hide_env_values = true
    )]
    pub objects: Option<String>,
    /// Where people reach this server, e.g. `https://aside.example.org`; cookies are Secure when it is https
    #[arg(long, env = "ASIDE_PUBLIC_URL", value_name = "URL")]
    #[serde(deserialize_with = "url_text")]
    pub public_url: Option<Url>,
    /// Reverse proxies in front of this server, e.g. `127.0.0.1,10.0.0.0/8`; what they say about the client is believed
    #[arg(long, env = "ASIDE_TRUSTED_PROXY", value_name = "CIDR[,CIDR]")]
    pub trusted_proxy: Option<TrustedProxies>,
    /// Who sends single parts of the media: `server`, `presigned` (the bucket, by signed links), or
    /// `x-accel-redirect=/objects/` (nginx, below that internal location)
    #[arg(long, env = "ASIDE_MEDIA", value_name = "WAY")]
    pub media: Option<MediaDelivery>,
    /// Speech model: a file, or a name that is downloaded on first use
    #[arg(long, env = "ASIDE_WHISPER_MODEL", value_name = "PATH|NAME")]
    pub whisper_model: Option<String>,
    /// Read the text in pictures with `tesseract`, in these languages, e.g. `eng` or `eng+deu`; not said: it is not read
    #[arg(long, env = "ASIDE_SCREEN_TEXT", value_name = "LANGUAGES")]
    pub screen_text: Option<String>,
    /// Do not start a worker process beside the server
    #[arg(long, env = "ASIDE_NO_WORKER", num_args = 0..=1, default_missing_value = "true")]
    pub no_worker: Option<bool>,
    /// Most connections at once
    #[arg(long, env = "ASIDE_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<usize>,
    /// Most requests a minute with one token; 0: as many as it likes. What is sent of a recording does not count
    #[arg(long, env = "ASIDE_API_RATE", value_name = "N")]
    pub api_rate: Option<u32>,
    /// Largest file of a comment, in megabytes; 0: comments have no files
    #[arg(long, env = "ASIDE_ATTACHMENT_MB", value_name = "MB")]
    pub attachment_mb: Option<u32>,
    /// Mail server: `smtps://USER@HOST`, or `smtp://USER@HOST:587` (STARTTLS); needs public_url and mail_from
    #[arg(long, env = "ASIDE_SMTP", value_name = "URL")]
    #[serde(deserialize_with = "url_text")]
    pub smtp: Option<Url>,
    /// A file that holds the password for the mail server
    #[arg(long, env = "ASIDE_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// Who mails are from, e.g. `Aside <aside@example.org>`
    #[arg(long, env = "ASIDE_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Most mails about comments and the like a minute, of each worker process; the rest waits its turn
    #[arg(long, env = "ASIDE_SMTP_RATE", value_name = "N")]
    pub smtp_rate: Option<u32>,
    /// By which addresses people answer mails, e.g. `reply+{token}@example.org`; needs smtp, and reply_imap or reply_lmtp
    #[arg(long, env = "ASIDE_REPLY_ADDRESS", value_name = "ADDRESS")]
    pub reply_address: Option<String>,
    /// The mailbox where answers arrive: `imaps://USER@HOST/FOLDER`, or `imap://…` (STARTTLS); a worker looks through it
    #[arg(long, env = "ASIDE_REPLY_IMAP", value_name = "URL")]
    #[serde(deserialize_with = "url_text")]
    pub reply_imap: Option<Url>,
    /// A file that holds the password for that mailbox
    #[arg(long, env = "ASIDE_REPLY_IMAP_PASSWORD_FILE", value_name = "FILE")]
    pub reply_imap_password_file: Option<PathBuf>,
    /// Where a mail server hands answers over (LMTP): an address such as `127.0.0.1:2424`, or the path of a socket
    #[arg(long, env = "ASIDE_REPLY_LMTP", value_name = "ADDRESS|PATH")]
    pub reply_lmtp: Option<String>,
    /// Take only answers of which this mail server says (Authentication-Results) that they passed DMARC
    #[arg(long, env = "ASIDE_REPLY_PROVED_BY", value_name = "NAME")]
    pub reply_proved_by: Option<String>,
    /// Private networks that webhooks and chats may be sent to, e.g. `10.1.0.0/16`; without TLS, too
    #[arg(long, env = "ASIDE_OUTBOUND_ALLOW", value_name = "CIDR[,CIDR]")]
    pub outbound_allow: Option<TrustedProxies>,
    /// A language model that writes titles, summaries, chapters and tasks, and translates: the address of an OpenAI-compatible API, e.g.
    /// `http://127.0.0.1:11434/v1` (Ollama). The words of recordings are sent there; needs assistant_model
    #[arg(long, env = "ASIDE_ASSISTANT_URL", value_name = "URL")]
    #[serde(deserialize_with = "url_text")]
    pub assistant_url: Option<Url>,
    /// By which name that model is known there
    #[arg(long, env = "ASIDE_ASSISTANT_MODEL", value_name = "NAME")]
    pub assistant_model: Option<String>,
    /// A file that holds the key for it
    #[arg(long, env = "ASIDE_ASSISTANT_KEY_FILE", value_name = "FILE")]
    pub assistant_key_file: Option<PathBuf>,
    /// The key itself, best given in the environment
    #[arg(
        long,
        env = "ASIDE_ASSISTANT_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub assistant_key: Option<Key>,
    /// Tokens of that model's window; what Ollama gives a model is 4096 unless it was set up otherwise
    #[arg(long, env = "ASIDE_ASSISTANT_CONTEXT", value_name = "TOKENS")]
    pub assistant_context: Option<usize>,
    /// A provider by which people sign in (OpenID Connect), e.g. `https://id.example.org`; needs public_url
    #[arg(long, env = "ASIDE_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,
    /// By which name the provider knows this server
    #[arg(long, env = "ASIDE_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,
    /// A file that holds the secret that belongs to it
    #[arg(long, env = "ASIDE_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// What is asked for beside `openid`
    #[arg(long, env = "ASIDE_OIDC_SCOPES", value_name = "SCOPES")]
    pub oidc_scopes: Option<String>,
    /// On the button of the sign-in page
    #[arg(long, env = "ASIDE_OIDC_NAME", value_name = "NAME")]
    pub oidc_name: Option<String>,
    /// Who has a verified address there gets an account, e.g. `example.org`
    #[arg(long, env = "ASIDE_OIDC_DOMAINS", value_name = "DOMAIN[,DOMAIN]")]
    pub oidc_domains: Option<String>,
    /// The claim that names a person's groups
    #[arg(long, env = "ASIDE_OIDC_GROUPS_CLAIM", value_name = "CLAIM")]
    pub oidc_groups_claim: Option<String>,
    /// Which role a group gives, e.g. `staff=member,ops=admin`; who is in none of them does not come in
    #[arg(long, env = "ASIDE_OIDC_ROLES", value_name = "GROUP=ROLE[,…]")]
    pub oidc_roles: Option<String>,
}

/// What the program runs on: every choice made.
#[derive(Debug, Clone)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// `sqlite://PATH` or `postgres://…`.
    pub database: String,
    /// `s3://…`, or none: the folder `objects` in the data folder.
    pub objects: Option<String>,
    /// Without a path or a slash at its end.
    pub public_url: Option<Url>,
    pub trusted_proxies: TrustedProxies,
    pub media: MediaDelivery,
    pub whisper_model: Option<String>,
    /// None: text in pictures is not read.
    pub screen_text: Option<Languages>,
    pub worker: bool,
    pub max_connections: usize,
    /// Most requests a minute with one token; 0: no limit.
    pub api_rate: u32,
    /// Most bytes of a file of a comment; 0: comments have none.
    pub attachment_bytes: u64,
    /// None: no mails are sent, links are shown instead.
    pub mail: Option<MailConfig>,
    /// None: mails are not answered.
    pub replies: Option<RepliesConfig>,
    /// Networks that may be asked although they are not public.
    pub outbound_allow: TrustedProxies,
    /// None: no language model is asked, and no words leave the server for one.
    pub assistant: Option<AssistantConfig>,
    /// None: people sign in by passwords alone.
    pub oidc: Option<OidcConfig>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}")]
    Toml {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("no home folder to keep data in: say --data DIR")]
    NoHome,
    #[error("public_url {0}: expected http:// or https:// and a host, without a path")]
    PublicUrl(Url),
    #[error("screen_text {0}: {1}")]
    ScreenText(String, NoLanguages),
    #[error(
        "media presigned: only a bucket can be reached by signed links; say objects = \"s3://…\""
    )]
    NothingToSign,
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    #[error(transparent)]
    Replies(#[from] RepliesConfigError),
    #[error(transparent)]
    Assistant(#[from] AssistantConfigError),
    #[error(transparent)]
    Oidc(#[from] OidcConfigError),
}

impl Settings {
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| ConfigError::Toml {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Takes from `below` what is not said here.
    #[must_use]
    pub fn or(self, below: Self) -> Self {
        Self {
            data: self.data.or(below.data),
            listen: self.listen.or(below.listen),
            database: self.database.or(below.database),
            objects: self.objects.or(below.objects),
            public_url: self.public_url.or(below.public_url),
            trusted_proxy: self.trusted_proxy.or(below.trusted_proxy),
            media: self.media.or(below.media),
            whisper_model: self.whisper_model.or(below.whisper_model),
            screen_text: self.screen_text.or(below.screen_text),
            no_worker: self.no_worker.or(below.no_worker),
            max_connections: self.max_connections.or(below.max_connections),
            api_rate: self.api_rate.or(below.api_rate),
            attachment_mb: self.attachment_mb.or(below.attachment_mb),
            smtp: self.smtp.or(below.smtp),
            smtp_password_file: self.smtp_password_file.or(below.smtp_password_file),
            mail_from: self.mail_from.or(below.mail_from),
            smtp_rate: self.smtp_rate.or(below.smtp_rate),
            reply_address: self.reply_address.or(below.reply_address),
            reply_imap: self.reply_imap.or(below.reply_imap),
            reply_imap_password_file: self
                .reply_imap_password_file
                .or(below.reply_imap_password_file),
            reply_lmtp: self.reply_lmtp.or(below.reply_lmtp),
            reply_proved_by: self.reply_proved_by.or(below.reply_proved_by),
            outbound_allow: self.outbound_allow.or(below.outbound_allow),
            assistant_url: self.assistant_url.or(below.assistant_url),
            assistant_model: self.assistant_model.or(below.assistant_model),
            assistant_key_file: self.assistant_key_file.or(below.assistant_key_file),
            assistant_key: self.assistant_key.or(below.assistant_key),
            assistant_context: self.assistant_context.or(below.assistant_context),
            oidc_issuer: self.oidc_issuer.or(below.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(below.oidc_client_id),
            oidc_client_secret_file: self
                .oidc_client_secret_file
                .or(below.oidc_client_secret_file),
            oidc_scopes: self.oidc_scopes.or(below.oidc_scopes),
            oidc_name: self.oidc_name.or(below.oidc_name),
            oidc_domains: self.oidc_domains.or(below.oidc_domains),
            oidc_groups_claim: self.oidc_groups_claim.or(below.oidc_groups_claim),
            oidc_roles: self.oidc_roles.or(below.oidc_roles),
        }
    }

    /// Makes every choice that is left. `home` is the data folder when none is named.
    pub fn resolve(self, home: Option<PathBuf>) -> Result<Config, ConfigError> {
        let data = self.data.or(home).ok_or(ConfigError::NoHome)?;
        if let Some(url) = &self.public_url {
            let plain = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.username().is_empty();
            if !plain {
                return Err(ConfigError::PublicUrl(url.clone()));
            }
        }
        let assistant = assistant::read(assistant::Given {
            url: self.assistant_url.as_ref(),
            model: self.assistant_model.as_deref(),
            key: self.assistant_key,
            key_file: self.assistant_key_file,
            context: self.assistant_context,
        })?;
        let oidc = oidc::read(oidc::Given {
            issuer: self.oidc_issuer.as_deref(),
            client_id: self.oidc_client_id.as_deref(),
            client_secret_file: self.oidc_client_secret_file.as_ref(),
            scopes: self.oidc_scopes.as_deref(),
            name: self.oidc_name.as_deref(),
            domains: self.oidc_domains.as_deref(),
            groups_claim: self.oidc_groups_claim.as_deref(),
            roles: self.oidc_roles.as_deref(),
            public_url: self.public_url.as_ref(),
        })?;
        let mail = mail::read(
            self.smtp.as_ref(),
            self.smtp_password_file,
            self.mail_from.as_deref(),
            self.public_url.as_ref(),
            self.smtp_rate,
        )?;
        let replies = replies::read(replies::Given {
            address: self.reply_address.as_deref(),
            imap: self.reply_imap.as_ref(),
            imap_password_file: self.reply_imap_password_file,
            lmtp: self.reply_lmtp.as_deref(),
            proved_by: self.reply_proved_by,
            mails: mail.is_some(),
        })?;
        let media = self.media.unwrap_or_default();
        if media == MediaDelivery::Presigned && self.objects.is_none() {
            return Err(ConfigError::NothingToSign);
        }
        let screen_text = self.screen_text.map(|text| {
            text.parse()
                .map_err(|why| ConfigError::ScreenText(text, why))
        });
        let database = self
            .database
            .unwrap_or_else(|| format!("sqlite://{}", data.join("aside.sqlite").display()));
        Ok(Config {
            data,
            listen: self
                .listen
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4646))),
            database,
            objects: self.objects,
            public_url: self.public_url,
            trusted_proxies: self.trusted_proxy.unwrap_or_default(),
            media,
            whisper_model: self.whisper_model,
            screen_text: screen_text.transpose()?,
            worker: !self.no_worker.unwrap_or(false),
            max_connections: self.max_connections.unwrap_or(4096).max(1),
            api_rate: self.api_rate.unwrap_or(1200),
            attachment_bytes: u64::from(self.attachment_mb.unwrap_or(25)) * 1024 * 1024,
            mail,
            replies,
            outbound_allow: self.outbound_allow.unwrap_or_default(),
            assistant,
            oidc,
        })
    }
}

fn url_text<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(d)?;
    text.map(|t| Url::parse(&t).map_err(serde::de::Error::custom))
        .transpose()
}

/// Every setting with its explanation.
pub const SAMPLE: &str = include_str!("../config.sample.toml");

impl Config {
    /// The database without the secrets in its address.
    pub fn database_name(&self) -> String {
        match Url::parse(&self.database) {
            Ok(mut url) if url.password().is_some() => {
                // Fails only for addresses that cannot have a password.
                let _ = url.set_password(Some("…"));
                url.to_string()
            }
            _ => self.database.clone(),
        }
    }

    /// Whether people reach this server by https, as far as it was told.
    pub fn is_https(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|u| u.scheme() == "https")
    }
}

#[cfg(test)]
mod tests;

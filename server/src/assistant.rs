//! Asks a language model behind an OpenAI-compatible API (`POST …/chat/completions`), and reads its answer as it comes.
//!
//! The operator named the address, so networks that are not public may be dialled, without TLS as well: a model often runs on the same
//! machine. Addresses where clouds keep credentials of their machines are refused all the same, and a public address without TLS,
//! because what was said would be sent in the clear. As for every outbound request no redirect is followed and no proxy is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::{Map, Value, json};
use url::Url;

use crate::checked_http::{Ask, CheckedError, CheckedHttp, Coming, Limits, Lookup, SystemLookup};
use crate::config::assistant::{AssistantConfig, KeyFrom};
use crate::domain::assistant::objects::Objects;
use crate::domain::assistant::stream::{Finish, Piece, Stream, pieces};
use crate::domain::assistant::{AssistantName, Question};
use crate::domain::dial::DialRule;

/// Networks that are asked although they are not public, without TLS as well.
const PRIVATE: &str =
    "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,::1/128,fc00::/7";
/// Characters of what an endpoint says when it refuses.
const MAX_EXCERPT: usize = 300;

/// What an answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// Until the line stands.
    pub connect: Duration,
    /// Between two pieces of an answer, and before the first: a model without a graphics card reads for minutes before it writes.
    pub silence: Duration,
    /// Until the answer is whole.
    pub whole: Duration,
    /// Bytes of an answer, with what frames it.
    pub answer: usize,
    /// How often a question is asked before it is left to a later run.
    pub tries: u32,
    /// Before the second try; doubled before each more.
    pub pause: Duration,
    pub longest_pause: Duration,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(5 * 60),
            whole: Duration::from_secs(20 * 60),
            answer: 4 * 1024 * 1024,
            tries: 4,
            pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(60),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssistantError {
    #[error("cannot read its key from {path}: {cause}")]
    KeyFile { path: String, cause: String },
    #[error("its key cannot be sent in a header")]
    Key,
    #[error(transparent)]
    Line(CheckedError),
    #[error("it answered {status}: {said}")]
    Status {
        status: u16,
        /// How long it wants to be left alone.
        wait: Option<Duration>,
        said: String,
    },
    #[error("it said nothing for {} s", .0.as_secs())]
    Silent(Duration),
    #[error("it broke off its answer: {0}")]
    BrokeOff(String),
    #[error("it did not answer what was asked")]
    Unreadable,
    #[error("it refused to answer")]
    Refused,
}

impl AssistantError {
    /// Whether it is not there: its machine, or the way to it. One that takes no more questions for a while is waited for as well.
    pub const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Line(CheckedError::Line(_) | CheckedError::NoAddress(_))
                | Self::Status { status: 429, .. }
        )
    }

    /// Whether the same question may be answered in a moment.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Line(
                CheckedError::Line(_) | CheckedError::NoAddress(_) | CheckedError::TooSlow(_),
            )
            | Self::Silent(_)
            | Self::BrokeOff(_)
            | Self::Unreadable => true,
            Self::Status { status, .. } => matches!(status, 408 | 409 | 425 | 429 | 500..=599),
            Self::KeyFile { .. } | Self::Key | Self::Line(_) | Self::Refused => false,
        }
    }

    /// For whom it concerns and who does not run the server: without what the endpoint said.
    pub fn for_people(&self) -> String {
        match self {
            Self::Status {
                status: 401 | 403, ..
            }
            | Self::KeyFile { .. }
            | Self::Key => "The language model does not accept the key of this server.".to_owned(),
            Self::Status { status: 404, .. } => {
                "The language model that this server names is not there.".to_owned()
            }
            Self::Status { status: 429, .. } => {
                "The language model takes no more questions at the moment.".to_owned()
            }
            Self::Status { status, .. } => {
                format!("The language model answered with an error ({status}).")
            }
            Self::Line(
                CheckedError::Forbidden(_) | CheckedError::Metadata(_) | CheckedError::NoHttp,
            ) => "The address of the language model must not be asked.".to_owned(),
            Self::Line(_) => "The language model cannot be reached.".to_owned(),
            Self::Silent(_) => "The language model did not answer in time.".to_owned(),
            Self::BrokeOff(_) => "The language model broke off its answer.".to_owned(),
            Self::Unreadable => "The language model did not answer what was asked.".to_owned(),
            Self::Refused => "The language model refused to answer.".to_owned(),
        }
    }
}

/// A model that can be asked. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Assistant {
    http: CheckedHttp,
    url: Url,
    config: AssistantConfig,
    limits: AnswerLimits,
    /// It wants the limit of an answer by its newer name.
    newer: Arc<AtomicBool>,
}

impl Assistant {
    /// Reads no key and asks nothing yet.
    pub fn open(config: &AssistantConfig) -> Result<Self, AssistantError> {
        Self::limited(config, AnswerLimits::default(), Arc::new(SystemLookup))
    }

    /// The same with other limits and another resolver.
    pub fn limited(
        config: &AssistantConfig,
        limits: AnswerLimits,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, AssistantError> {
        // It is written as it must be.
        let rule = PRIVATE.parse().map(DialRule::new).unwrap_or_default();
        let of_line = Limits {
            connect: limits.connect,
            total: limits.whole,
            answer: limits.answer,
        };
        let http = CheckedHttp::looking_up(rule, of_line, lookup).map_err(AssistantError::Line)?;
        let mut url = config.base.clone();
        let path = format!("{}/chat/completions", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self {
            http,
            url,
            config: config.clone(),
            limits,
            newer: Arc::default(),
        })
    }

    pub fn name(&self) -> AssistantName {
        self.config.name()
    }

    /// Tokens of its window.
    pub const fn context(&self) -> usize {
        self.config.context
    }

    pub const fn limits(&self) -> &AnswerLimits {
        &self.limits
    }

    /// Asks, once.
    pub async fn ask(&self, question: &Question) -> Result<Answer<'_>, AssistantError> {
        let newer = self.newer.load(Ordering::Relaxed);
        match self.send(question, newer).await {
            Err(AssistantError::Status {
                status: 400, said, ..
            }) if !newer && said.contains("max_completion_tokens") => {
                self.newer.store(true, Ordering::Relaxed);
                self.send(question, true).await
            }
            sent => sent,
        }
    }

    async fn send(&self, question: &Question, newer: bool) -> Result<Answer<'_>, AssistantError> {
        let limit = if newer {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        let body = json!({
            "model": self.config.model,
            "messages": [
                { "role": "system", "content": question.system },
                { "role": "user", "content": question.user },
            ],
            "stream": true,
            (limit): question.answer_tokens,
        });
        let ask = Ask {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers().await?,
            body: body.to_string().into_bytes(),
        };
        let silence = self.limits.silence;
        let opened = tokio::time::timeout(silence, self.http.open(ask)).await;
        let mut coming = opened
            .map_err(|_| AssistantError::Silent(silence))?
            .map_err(AssistantError::Line)?;
        let status = coming.status();
        if status != 200 {
            let wait = retry_after(coming.headers());
            let said = excerpt(&mut coming, silence).await;
            return Err(AssistantError::Status { status, wait, said });
        }
        let streams = coming.headers().get(CONTENT_TYPE).is_none_or(|it| {
            !it.to_str()
                .is_ok_and(|it| it.starts_with("application/json"))
        });
        Ok(Answer {
            coming,
            limits: self.limits,
            streams,
            stream: Stream::default(),
            whole: Vec::new(),
            read: 0,
            objects: Objects::default(),
            finish: None,
            ended: false,
        })
    }

    async fn headers(&self) -> Result<HeaderMap, AssistantError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let key = match &self.config.key {
            None => return Ok(headers),
            Some(KeyFrom::Setting(key)) => key.reveal().to_owned(),
            // Each time: a key that was replaced counts at once.
            Some(KeyFrom::File(path)) => {
                tokio::fs::read_to_string(path)
                    .await
                    .map_err(|cause| AssistantError::KeyFile {
                        path: path.display().to_string(),
                        cause: cause.to_string(),
                    })?
            }
        };
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.trim()))
            .map_err(|_| AssistantError::Key)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(headers)
    }

    /// Asks for one word, for who sets the server up; whether it answered as it was told.
    pub async fn greet(&self) -> Result<bool, AssistantError> {
        let question = Question {
            system: "You are tested. Answer with the JSON object {\"ok\":true} and nothing else."
                .to_owned(),
            user: "Are you there?".to_owned(),
            // Models that think aloud do so first.
            answer_tokens: 400,
        };
        let mut answer = self.ask(&question).await?;
        let mut obeyed = false;
        while !answer.has_ended() {
            obeyed |= !answer.next().await?.is_empty();
        }
        Ok(obeyed)
    }
}

/// An answer that comes.
#[derive(Debug)]
pub struct Answer<'a> {
    coming: Coming<'a>,
    limits: AnswerLimits,
    streams: bool,
    stream: Stream,
    /// Of an endpoint that does not stream.
    whole: Vec<u8>,
    read: usize,
    objects: Objects,
    finish: Option<Finish>,
    ended: bool,
}

impl Answer<'_> {
    /// The objects that are whole now, perhaps none; it waits for more of the answer to come. [`Self::has_ended`] says when that was all.
    pub async fn next(&mut self) -> Result<Vec<Map<String, Value>>, AssistantError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let silence = self.limits.silence;
        let more = tokio::time::timeout(silence, self.coming.next()).await;
        let more = more.map_err(|_| AssistantError::Silent(silence))?;
        let more = more.map_err(|error| match error {
            CheckedError::TooSlow(_) => AssistantError::Line(error),
            other => AssistantError::BrokeOff(other.to_string()),
        })?;
        let said = match more {
            Some(bytes) => {
                self.read += bytes.len();
                if self.read > self.limits.answer {
                    // What is there counts; the rest is not waited for.
                    self.ended = true;
                    self.finish.get_or_insert(Finish::Cut);
                    return Ok(Vec::new());
                }
                if self.streams {
                    self.stream.push(&bytes)
                } else {
                    self.whole.extend_from_slice(&bytes);
                    Vec::new()
                }
            }
            None => {
                self.ended = true;
                if self.streams {
                    let last = self.stream.end();
                    if !self.stream.finished && self.finish.is_none() {
                        return Err(AssistantError::BrokeOff("it ended too early".to_owned()));
                    }
                    last
                } else {
                    let whole = serde_json::from_slice(&self.whole);
                    whole.map_or_else(|_| Vec::new(), |it| pieces(&it))
                }
            }
        };
        let mut found = Vec::new();
        for piece in said {
            match piece {
                Piece::Text(text) => found.extend(self.objects.push(&text)),
                Piece::Finish(finish) => self.finish = Some(finish),
                Piece::Failed(why) => return Err(AssistantError::BrokeOff(short(&why))),
            }
        }
        if self.finish == Some(Finish::Refused) {
            return Err(AssistantError::Refused);
        }
        if self.stream.finished && self.finish.is_some() {
            self.ended = true;
        }
        Ok(found)
    }

    pub const fn has_ended(&self) -> bool {
        self.ended
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds.parse().ok().map(Duration::from_secs)
}

async fn excerpt(coming: &mut Coming<'_>, silence: Duration) -> String {
    let mut said = Vec::new();
    while said.len() < MAX_EXCERPT * 4 {
        match tokio::time::timeout(silence, coming.next()).await {
            Ok(Ok(Some(more))) => said.extend_from_slice(&more),
            _ => break,
        }
    }
    short(&String::from_utf8_lossy(&said))
}

fn short(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_EXCERPT).collect()
}

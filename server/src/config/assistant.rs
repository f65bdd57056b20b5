//! A language model: where it answers, and what is said to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use crate::domain::assistant::{AssistantName, MIN_CONTEXT};

/// Tokens of a model's window where none are said: what Ollama gives a model that was not set up otherwise.
pub const DEFAULT_CONTEXT: usize = 4096;

/// An endpoint, and the model there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssistantConfig {
    /// Of `…/chat/completions`, without a slash at its end.
    pub base: Url,
    pub model: String,
    pub key: Option<KeyFrom>,
    /// Tokens of the model's window.
    pub context: usize,
}

impl AssistantConfig {
    /// What people are told.
    pub fn name(&self) -> AssistantName {
        let host = self.base.host_str().unwrap_or_default();
        AssistantName {
            model: self.model.clone(),
            host: match self.base.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
        }
    }
}

/// Where the key of the endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFrom {
    File(PathBuf),
    Setting(Key),
}

/// A key; it is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why no model can be asked like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssistantConfigError {
    #[error(
        "assistant_url {0}: expected http:// or https:// and a host, such as http://127.0.0.1:11434/v1; the key stands in assistant_key_file"
    )]
    Address(String),
    #[error(
        "assistant_url without assistant_model: say which model is asked, such as \"llama3.1\""
    )]
    NoModel,
    #[error("assistant_context {0}: a model needs a window of {MIN_CONTEXT} tokens at least")]
    Context(usize),
}

/// As given.
#[derive(Debug, Clone, Default)]
pub(super) struct Given<'g> {
    pub(super) url: Option<&'g Url>,
    pub(super) model: Option<&'g str>,
    pub(super) key: Option<Key>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) context: Option<usize>,
}

/// Reads the settings; none where no endpoint is named.
pub(super) fn read(given: Given<'_>) -> Result<Option<AssistantConfig>, AssistantConfigError> {
    let Some(url) = given.url else {
        return Ok(None);
    };
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !plain {
        let mut shown = url.clone();
        // Fails only for addresses that cannot have a password.
        let _ = shown.set_password(None);
        shown.set_query(None);
        return Err(AssistantConfigError::Address(shown.to_string()));
    }
    let mut base = url.clone();
    let path = url.path().trim_end_matches('/');
    // Some write the whole address.
    base.set_path(path.strip_suffix("/chat/completions").unwrap_or(path));
    let model = given.model.map(str::trim).filter(|it| !it.is_empty());
    let context = given.context.unwrap_or(DEFAULT_CONTEXT);
    if context < MIN_CONTEXT {
        return Err(AssistantConfigError::Context(context));
    }
    let key = match (given.key_file, given.key) {
        (Some(file), _) => Some(KeyFrom::File(file)),
        (None, key) => key.map(KeyFrom::Setting),
    };
    Ok(Some(AssistantConfig {
        base,
        model: model.ok_or(AssistantConfigError::NoModel)?.to_owned(),
        key,
        context,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(url: &str) -> Result<Option<AssistantConfig>, AssistantConfigError> {
        let url = Url::parse(url).unwrap();
        read(Given {
            url: Some(&url),
            model: Some("llama3.1"),
            key: Some("sk-secret".parse().unwrap()),
            ..Given::default()
        })
    }

    #[test]
    fn the_address_is_that_of_the_api_with_or_without_its_end() {
        for (url, base, host) in [
            (
                "http://127.0.0.1:11434/v1",
                "http://127.0.0.1:11434/v1",
                "127.0.0.1:11434",
            ),
            (
                "http://127.0.0.1:11434/v1/",
                "http://127.0.0.1:11434/v1",
                "127.0.0.1:11434",
            ),
            (
                "https://api.example.org/v1/chat/completions",
                "https://api.example.org/v1",
                "api.example.org",
            ),
            (
                "https://api.example.org",
                "https://api.example.org/",
                "api.example.org",
            ),
        ] {
            let read = with(url).unwrap().unwrap();
            assert_eq!(
                (read.base.as_str(), read.name().host.as_str()),
                (base, host)
            );
        }
        for bad in [
            "ftp://example.org",
            "https://me:sk-secret@example.org/v1",
            "https://example.org/v1?key=sk-secret",
        ] {
            let error = with(bad).unwrap_err();
            assert!(!error.to_string().contains("sk-secret"), "{error}");
        }
    }

    #[test]
    fn a_key_is_never_printed_and_a_model_must_be_named() {
        let read_it = with("https://example.org/v1").unwrap().unwrap();
        assert!(!format!("{read_it:?}").contains("sk-secret"));
        let url = Url::parse("https://example.org/v1").unwrap();
        let given = Given {
            url: Some(&url),
            ..Given::default()
        };
        assert_eq!(read(given.clone()), Err(AssistantConfigError::NoModel));
        let small = Given {
            model: Some("m"),
            context: Some(100),
            ..given
        };
        assert_eq!(read(small), Err(AssistantConfigError::Context(100)));
        assert_eq!(read(Given::default()), Ok(None));
    }
}

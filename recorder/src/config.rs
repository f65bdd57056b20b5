//! Where things lie on this computer, and which server is ours. The environment is read once, in
//! `main`, and goes before the file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::{Token, is_this_computer};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    #[error(
        "this account has no home folder to keep recordings in; name one with ASIDE_DATA_DIR (and ASIDE_CONFIG_DIR)"
    )]
    NoHome,
    #[error("{text:?} is no server address; expected one such as https://aside.example")]
    NotAServer { text: String },
    #[error("ASIDE_TOKEN is no token; `aside login SERVER` gets one")]
    NotAToken,
    #[error("{} cannot be read ({why}); correct it, or delete it and sign in again", path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error("{} cannot be written ({source})", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `ASIDE_SERVER`
    pub server: Option<String>,
    /// `ASIDE_TOKEN`
    pub token: Option<String>,
    /// `ASIDE_DATA_DIR`: takes lie in `takes` below it.
    pub data_dir: Option<PathBuf>,
    /// `ASIDE_CONFIG_DIR`: `config.toml` lies in it.
    pub config_dir: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`
    pub runtime_dir: Option<PathBuf>,
    /// There is a desktop with a clipboard.
    pub desktop: bool,
    /// `NO_COLOR`, <https://no-color.org>.
    pub no_color: bool,
}

impl Environment {
    /// Reads through `var`; an empty value counts as none.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name| var(name).filter(|value| !value.is_empty());
        let desktop = cfg!(any(target_os = "macos", target_os = "windows"))
            || var("DISPLAY").or_else(|| var("WAYLAND_DISPLAY")).is_some();
        Self {
            server: var("ASIDE_SERVER"),
            token: var("ASIDE_TOKEN"),
            data_dir: var("ASIDE_DATA_DIR").map(PathBuf::from),
            config_dir: var("ASIDE_CONFIG_DIR").map(PathBuf::from),
            runtime_dir: var("XDG_RUNTIME_DIR").map(PathBuf::from),
            desktop,
            no_color: var("NO_COLOR").is_some(),
        }
    }

    /// The folder of the takes.
    pub fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        let home = || project_dirs().map(|dirs| dirs.data_dir().to_owned());
        self.data_dir
            .clone()
            .or_else(home)
            .ok_or(ConfigError::NoHome)
    }

    /// The folder of the sockets through which running recorders are steered. Recorders with a data folder of their own keep
    /// their sockets there: they are told apart from those of this person's desktop.
    pub fn run_dir(&self) -> Result<PathBuf, ConfigError> {
        match (&self.data_dir, &self.runtime_dir) {
            (None, Some(runtime)) => Ok(runtime.join("aside")),
            _ => Ok(self.data_dir()?.join("run")),
        }
    }

    /// The folder of what is remembered and can be found out again. A data folder of one's own has it in it.
    pub fn state_dir(&self) -> Result<PathBuf, ConfigError> {
        let home = || project_dirs().and_then(|dirs| dirs.state_dir().map(Path::to_owned));
        match &self.data_dir {
            Some(own) => Ok(own.clone()),
            None => home().map_or_else(|| self.data_dir(), Ok),
        }
    }

    /// The settings file.
    pub fn config_file(&self) -> Result<PathBuf, ConfigError> {
        let home = || project_dirs().map(|dirs| dirs.config_dir().to_owned());
        let dir = self
            .config_dir
            .clone()
            .or_else(home)
            .ok_or(ConfigError::NoHome)?;
        Ok(dir.join("config.toml"))
    }
}

fn project_dirs() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "aside")
}

/// `config.toml`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server to upload to, e.g. `https://aside.example`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// What `aside login` got from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        f.debug_struct("Settings")
            .field("server", &self.server)
            .field("token", &token)
            .finish()
    }
}

impl Settings {
    /// No file is no settings.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |why: String| ConfigError::Unreadable {
            path: path.to_owned(),
            why,
        };
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|e| unreadable(e.message().to_owned())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(unreadable(e.to_string())),
        }
    }

    /// Replaces the file as a whole; only its owner can read it.
    pub fn save(&self, path: &Path) -> Result<(), ConfigError> {
        let unwritable = |source| ConfigError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let text = toml::to_string(self).map_err(|e| unwritable(io::Error::other(e)))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(unwritable)?;
        let new = path.with_extension("toml.new");
        write_private(&new, text.as_bytes())
            .and_then(|()| fs::rename(&new, path))
            .map_err(unwritable)
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    // A left-over might be readable by others.
    if let Err(e) = fs::remove_file(path)
        && e.kind() != io::ErrorKind::NotFound
    {
        return Err(e);
    }
    let mut options = fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The server that takes are brought to, and who we are to it.
#[derive(Debug, Clone)]
pub struct Account {
    pub server: Url,
    pub token: Option<Token>,
}

impl Account {
    /// The server's address without a slash at its end.
    pub fn address(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }

    /// The environment first, the file second. A token is only ever sent to the server it was
    /// made for, so the file's token does not go along with another server of the environment.
    pub fn find(env: &Environment, settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let from_file = settings.server.as_deref().map(parse_server).transpose()?;
        let from_env = env.server.as_deref().map(parse_server).transpose()?;
        let env_token = match &env.token {
            Some(text) => Some(Token::new(text).ok_or(ConfigError::NotAToken)?),
            None => None,
        };
        let file_token = settings.token.as_deref().and_then(Token::new);
        Ok(match (from_env, from_file) {
            (Some(server), file) => {
                let same = file.as_ref() == Some(&server);
                Some(Self {
                    server,
                    token: env_token.or(if same { file_token } else { None }),
                })
            }
            (None, Some(server)) => Some(Self {
                server,
                token: env_token.or(file_token),
            }),
            (None, None) => None,
        })
    }
}

/// Reads a server's address as people write it: without a scheme it is https, but for this very
/// computer http.
pub fn parse_server(text: &str) -> Result<Url, ConfigError> {
    let wrong = || ConfigError::NotAServer {
        text: text.to_owned(),
    };
    let trimmed = text.trim();
    let mut url = if trimmed.contains("://") {
        Url::parse(trimmed).map_err(|_| wrong())?
    } else {
        let url = Url::parse(&format!("https://{trimmed}")).map_err(|_| wrong())?;
        if is_this_computer(&url) {
            Url::parse(&format!("http://{trimmed}")).map_err(|_| wrong())?
        } else {
            url
        }
    };
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !plain {
        return Err(wrong());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Option<String> {
        parse_server(text)
            .ok()
            .map(|u| u.as_str().trim_end_matches('/').to_owned())
    }

    #[test]
    fn a_server_is_understood_as_people_write_it() {
        assert_eq!(
            server("aside.example").as_deref(),
            Some("https://aside.example")
        );
        assert_eq!(
            server(" https://aside.example/ ").as_deref(),
            Some("https://aside.example")
        );
        assert_eq!(
            server("localhost:4646").as_deref(),
            Some("http://localhost:4646")
        );
        assert_eq!(
            server("127.0.0.1:4646").as_deref(),
            Some("http://127.0.0.1:4646")
        );
        assert_eq!(server("[::1]:4646").as_deref(), Some("http://[::1]:4646"));
        assert_eq!(
            server("https://example.org/aside/").as_deref(),
            Some("https://example.org/aside")
        );
        for wrong in [
            "",
            "ftp://aside.example",
            "https://",
            "https://me@aside.example",
            "https://a.example/?q=1",
        ] {
            assert_eq!(server(wrong), None, "{wrong}");
        }
    }

    fn settings() -> Settings {
        Settings {
            server: Some("https://one.example".to_owned()),
            token: Some("filetoken".to_owned()),
        }
    }

    #[test]
    fn a_token_is_never_sent_to_a_server_it_was_not_made_for() {
        let env = Environment {
            server: Some("https://two.example".to_owned()),
            ..Environment::default()
        };
        let account = Account::find(&env, &settings()).unwrap().unwrap();
        assert_eq!(account.token, None);
        let env = Environment {
            server: Some("https://one.example/".to_owned()),
            ..Environment::default()
        };
        let account = Account::find(&env, &settings()).unwrap().unwrap();
        assert_eq!(account.token.unwrap().expose(), "filetoken");
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let env = Environment {
            token: Some("envtoken".to_owned()),
            ..Environment::default()
        };
        let account = Account::find(&env, &settings()).unwrap().unwrap();
        assert_eq!(account.server.as_str(), "https://one.example/");
        assert_eq!(account.token.unwrap().expose(), "envtoken");
        assert!(
            Account::find(&Environment::default(), &Settings::default())
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn settings_are_read_back_as_they_were_written_and_unknown_ones_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("below").join("config.toml");
        assert_eq!(Settings::load(&path).unwrap(), Settings::default());
        settings().save(&path).unwrap();
        settings().save(&path).unwrap();
        assert_eq!(Settings::load(&path).unwrap(), settings());
        assert!(!format!("{:?}", settings()).contains("filetoken"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        fs::write(&path, "sevrer = 'https://one.example'").unwrap();
        assert!(matches!(
            Settings::load(&path),
            Err(ConfigError::Unreadable { .. })
        ));
    }
}

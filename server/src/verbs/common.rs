//! What every verb is told.

use std::path::PathBuf;

use aside_server::config::{Config, Settings};
use clap::Args;

/// Where the settings come from: flags over environment over the file over defaults.
#[derive(Args)]
pub(crate) struct Common {
    /// A TOML file with settings
    #[arg(long, env = "ASIDE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Common {
    pub(crate) fn resolve(self) -> anyhow::Result<Config> {
        let file = self
            .config
            .as_deref()
            .map(Settings::from_file)
            .transpose()?
            .unwrap_or_default();
        Ok(self.settings.or(file).resolve(home())?)
    }
}

/// `$XDG_DATA_HOME/aside`, else `~/.local/share/aside` (XDG Base Directory Specification).
fn home() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let data = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")))?;
    Some(data.join("aside"))
}

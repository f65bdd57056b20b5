//! The real server in a process of its own, on a data folder of its own, and the accounts a
//! test needs on it. It may be killed and started again on the same data and the same port.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::api::Api;
use crate::database::Database;
use crate::program::{Program, TIMEOUT, built, output};

/// The password of everybody on a test's server.
pub const PASSWORD: &str = "correct horse battery staple";

/// How a server is to be started.
#[derive(Debug)]
pub struct Settings {
    pub database: Database,
    /// The address of a bucket; a folder in its data when not said.
    pub objects: Option<String>,
    pub whisper_model: Option<PathBuf>,
    /// Without a worker nothing is transcribed and no poster is made: less noise on a small machine.
    pub worker: bool,
    /// Runs the server through another program, such as one that limits its disk.
    pub within: Vec<String>,
    /// Where its data lies; a fresh folder when not said.
    pub data: Option<PathBuf>,
    pub more: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: Database::Sqlite,
            objects: None,
            whisper_model: None,
            worker: false,
            within: Vec::new(),
            data: None,
            more: Vec::new(),
        }
    }
}

/// The guard of one server.
#[derive(Debug)]
pub struct ServerProcess {
    program: Program,
    settings: Settings,
    folder: tempfile::TempDir,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

impl ServerProcess {
    /// A server on SQLite and a folder, without a worker.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start() -> Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// # Errors
    /// When it does not come up.
    pub async fn start_with(settings: Settings) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (program, url) = launch(&settings, folder.path(), "127.0.0.1:0").await?;
        let address = url.trim_start_matches("http://").to_owned();
        Ok(Self {
            program,
            settings,
            folder,
            address,
            url,
        })
    }

    /// SIGKILL, in the middle of whatever it does.
    ///
    /// # Errors
    /// When it was not running any more.
    pub async fn kill(&mut self) -> Result<()> {
        self.program.kill().await
    }

    /// Starts it again after [`Self::kill`]: same data, same port.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&mut self) -> Result<()> {
        let (program, _) = launch(&self.settings, self.folder.path(), &self.address).await?;
        // The old guard ends what the killed server left behind.
        self.program = program;
        Ok(())
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    pub fn data(&self) -> PathBuf {
        data(&self.settings, self.folder.path())
    }

    /// A new account, made on the command line as an operator would.
    ///
    /// # Errors
    /// When the server's own program refuses.
    pub async fn account(&self, email: &str, role: &str) -> Result<()> {
        let mut command = self.verb(&["user", "add", email, "--password-stdin", "--role", role])?;
        command.stdin(std::process::Stdio::piped());
        let mut program = Program::start_with_stdin("aside-server user add", command)?;
        let mut stdin = program.stdin().context("no standard input")?;
        stdin.write_all(format!("{PASSWORD}\n").as_bytes()).await?;
        drop(stdin);
        let status = program.ended().await?;
        anyhow::ensure!(
            status.success(),
            "user add failed ({status}):\n{}",
            program.said()
        );
        Ok(())
    }

    /// An API token of somebody with an account.
    ///
    /// # Errors
    /// When the server's own program refuses.
    pub async fn token(&self, email: &str) -> Result<String> {
        let printed =
            output(&mut self.verb(&["token", "create", "--user", email, "--name", "test"])?)
                .await?;
        let text = String::from_utf8(printed)?;
        Ok(text
            .lines()
            .last()
            .context("no token was printed")?
            .trim()
            .to_owned())
    }

    /// A fresh account with a token, and what it may ask of this server.
    ///
    /// # Errors
    /// When an account cannot be made.
    pub async fn person(&self, email: &str) -> Result<Api> {
        self.account(email, "member").await?;
        Ok(Api::new(&self.url, Some(self.token(email).await?)))
    }

    /// What somebody without an account may ask.
    pub fn stranger(&self) -> Api {
        Api::new(&self.url, None)
    }

    /// A verb of the server's program for a server that was never started; `settings` must say where its data lies.
    ///
    /// # Errors
    /// When the program is not built, or the place is not said.
    pub fn verb_with(settings: &Settings, args: &[&str]) -> Result<Command> {
        let data = settings.data.clone().context("where the data lies")?;
        let mut command = command(settings, &data)?;
        command.args(args).args(common(settings, &data));
        Ok(command)
    }

    /// Another verb of the server's program, on this server's data.
    ///
    /// # Errors
    /// When the program is not built.
    pub fn verb(&self, args: &[&str]) -> Result<Command> {
        let mut command = command(&self.settings, &self.data())?;
        command
            .args(args)
            .args(common(&self.settings, &self.data()));
        Ok(command)
    }
}

fn data(settings: &Settings, folder: &Path) -> PathBuf {
    settings.data.clone().unwrap_or_else(|| folder.join("data"))
}

/// The settings every verb takes.
fn common(settings: &Settings, data: &Path) -> Vec<String> {
    let mut args = vec!["--data".to_owned(), data.display().to_string()];
    if let Database::Postgres { url } = &settings.database {
        args.extend(["--database".to_owned(), url.clone()]);
    }
    if let Some(address) = &settings.objects {
        args.extend(["--objects".to_owned(), address.clone()]);
    }
    args
}

fn command(settings: &Settings, data: &Path) -> Result<Command> {
    let program = built("aside-server")?;
    let mut command = match settings.within.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    };
    // Nothing of the developer's own settings may reach the server under test.
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("ASIDE_"))
    {
        command.env_remove(name);
    }
    command
        .current_dir(data.parent().unwrap_or(data))
        .env("NO_COLOR", "1");
    Ok(command)
}

async fn launch(settings: &Settings, folder: &Path, listen: &str) -> Result<(Program, String)> {
    let data = data(settings, folder);
    let mut command = command(settings, &data)?;
    command
        .arg("serve")
        // A test may ask as often as it likes.
        .args(["--api-rate", "0"])
        .args(common(settings, &data))
        .args(["--listen", listen]);
    if let Some(model) = &settings.whisper_model {
        command.arg("--whisper-model").arg(model);
    }
    if !settings.worker {
        command.arg("--no-worker");
    }
    command.args(&settings.more);
    let mut program = Program::start("aside-server", command)?;
    let url = tokio::time::timeout(
        TIMEOUT,
        program.line_with("\"listening on\"", |line| {
            let at = line.find("listening on http://")?;
            Some(
                line[at + "listening on ".len()..]
                    .split_whitespace()
                    .next()?
                    .trim_end_matches('/')
                    .to_owned(),
            )
        }),
    )
    .await
    .context("the server did not say that it listens")??;
    Ok((program, url))
}

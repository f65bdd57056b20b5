//! The real recorder in a process of its own: `aside record --json`, with its events, and its
//! other verbs. A [`RecorderHome`] is one person's computer: spool and settings live there, so that a
//! killed recorder's next start finds what the last one left.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::process::Command;

use crate::program::{Program, TIMEOUT, built, output};

/// One person's computer: a home folder of its own, and perhaps a desktop.
#[derive(Debug)]
pub struct RecorderHome {
    folder: tempfile::TempDir,
    server: String,
    token: String,
    env: Vec<(String, String)>,
    within: Vec<String>,
}

impl RecorderHome {
    /// A computer whose recorder knows this server and token.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(server: &str, token: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for name in ["data", "config", "cache", "state", "run"] {
            std::fs::create_dir(folder.path().join(name))?;
        }
        Ok(Self {
            folder,
            server: server.to_owned(),
            token: token.to_owned(),
            env: Vec::new(),
            within: Vec::new(),
        })
    }

    /// From now on the recorder talks to another address, such as a bad network's.
    pub fn talk_to(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    /// Adds to the recorder's environment, such as the `DISPLAY` of a desktop.
    #[must_use]
    pub fn with_env(mut self, env: impl IntoIterator<Item = (String, String)>) -> Self {
        self.env.extend(env);
        self
    }

    /// Runs the recorder through another program, such as one that limits its disk.
    #[must_use]
    pub fn within(mut self, wrapper: Vec<String>) -> Self {
        self.within = wrapper;
        self
    }

    /// A computer on which nobody has signed in: no server, no token.
    #[must_use]
    pub fn without_account(mut self) -> Self {
        self.server.clear();
        self.token.clear();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `aside` with these arguments, ready to be started.
    ///
    /// # Errors
    /// When it is not built.
    pub fn aside(&self, args: &[&str]) -> Result<Command> {
        self.program("aside", args)
    }

    /// The desktop app, drawn by Mesa's software renderer, ready to be started.
    ///
    /// # Errors
    /// When it is not built.
    pub fn app(&self) -> Result<Command> {
        let mut command = self.program("aside-app", &[])?;
        command.env("LIBGL_ALWAYS_SOFTWARE", "1");
        Ok(command)
    }

    fn program(&self, name: &str, args: &[&str]) -> Result<Command> {
        let program = built(name)?;
        let mut command = match self.within.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(args).env_clear();
        let inherited = ["PATH", "LD_LIBRARY_PATH", "LANG", "TZ"];
        command.envs(
            inherited
                .iter()
                .filter_map(|name| Some((*name, std::env::var_os(name)?))),
        );
        let at = |name: &str| self.path().join(name);
        command
            .env("HOME", self.path())
            .env("XDG_DATA_HOME", at("data"))
            .env("XDG_CONFIG_HOME", at("config"))
            .env("XDG_CACHE_HOME", at("cache"))
            .env("XDG_STATE_HOME", at("state"))
            .env("XDG_RUNTIME_DIR", at("run"))
            .env("NO_COLOR", "1")
            .envs((!self.server.is_empty()).then_some(("ASIDE_SERVER", &self.server)))
            .envs((!self.token.is_empty()).then_some(("ASIDE_TOKEN", &self.token)))
            .envs(self.env.iter().map(|(k, v)| (k, v)))
            .current_dir(self.path());
        Ok(command)
    }

    /// Starts a take; `args` follow `aside record --json`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn record(&self, args: &[&str]) -> Result<RecorderProcess> {
        let all: Vec<&str> = ["record", "--json"]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        Ok(RecorderProcess {
            program: Program::start("aside record", self.aside(&all)?)?,
            seen: Vec::new(),
        })
    }

    /// Runs another verb to its end and hands back what it printed.
    ///
    /// # Errors
    /// When it fails.
    pub async fn run(&self, args: &[&str]) -> Result<String> {
        Ok(String::from_utf8(output(&mut self.aside(args)?).await?)?)
    }

    /// Runs a verb that is expected to fail: its status and everything it said.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn refused(&self, args: &[&str]) -> Result<(ExitStatus, String)> {
        let mut program = Program::start("aside", self.aside(args)?)?;
        let status = program.ended().await?;
        while program.line().await?.is_some() {}
        Ok((status, program.said()))
    }

    /// Every file of the takes on this computer, by its path below the home.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn spooled_parts(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.path().join("data"), self.path().join("state")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "m4s") {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

impl Drop for RecorderHome {
    /// An `aside` may finish earlier takes in the background, in a session of its own: it ends with
    /// the computer it belongs to, known by its home folder.
    fn drop(&mut self) {
        let home = format!("HOME={}", self.path().display());
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|n| n.parse().ok())
                .and_then(Pid::from_raw);
            let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            if let Some(pid) = pid
                && environ.split(|b| *b == 0).any(|v| v == home.as_bytes())
            {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// The guard of one `aside record --json`.
#[derive(Debug)]
pub struct RecorderProcess {
    program: Program,
    seen: Vec<Value>,
}

impl RecorderProcess {
    /// Reads on to the next event of this name.
    ///
    /// # Errors
    /// When the recorder ends or falls silent before it.
    pub async fn event(&mut self, name: &str) -> Result<Value> {
        loop {
            let event = self
                .next_event()
                .await
                .with_context(|| format!("waiting for {name:?}"))?;
            if event["event"] == name {
                return Ok(event);
            }
        }
    }

    async fn next_event(&mut self) -> Result<Value> {
        let Some(line) = self.program.line().await? else {
            bail!("the recorder ended; it said:\n{}", self.program.said());
        };
        let event: Value = serde_json::from_str(&line).with_context(|| {
            format!("with --json every line is an event, but this is none: {line}")
        })?;
        self.seen.push(event.clone());
        Ok(event)
    }

    /// Reads on until what was seen so far pleases.
    ///
    /// # Errors
    /// When the recorder ends or falls silent before it.
    pub async fn until(&mut self, what: &str, pleases: impl Fn(&Self) -> bool) -> Result<()> {
        let seen = tokio::time::timeout(TIMEOUT * 2, async {
            while !pleases(self) {
                self.next_event()
                    .await
                    .with_context(|| format!("waiting for {what}"))?;
            }
            anyhow::Ok(())
        });
        match seen.await {
            Ok(result) => result,
            Err(_) => bail!(
                "waited for {what} in vain; the recorder said:\n{}",
                self.program.said()
            ),
        }
    }

    /// Reads on until so many `part` events were seen in all.
    ///
    /// # Errors
    /// When the recorder ends or falls silent before it.
    pub async fn parts(&mut self, at_least: usize) -> Result<()> {
        while self.seen("part").len() < at_least {
            self.event("part").await?;
        }
        Ok(())
    }

    /// The watch link, which must be there before the first frame.
    ///
    /// # Errors
    /// When there is none.
    pub async fn link(&mut self) -> Result<Link> {
        let event = self.event("link").await?;
        let url = event["url"]
            .as_str()
            .context("a link has a url")?
            .to_owned();
        let slug = url
            .rsplit('/')
            .next()
            .context("a link ends in a slug")?
            .to_owned();
        Ok(Link { url, slug })
    }

    /// All events of this name so far.
    pub fn seen(&self, name: &str) -> Vec<&Value> {
        self.seen.iter().filter(|e| e["event"] == name).collect()
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it was not running any more.
    pub async fn kill(&mut self) -> Result<()> {
        self.program.kill().await
    }

    /// Ctrl-C: stop and finish.
    ///
    /// # Errors
    /// When it was not running any more.
    pub fn stop(&self) -> Result<()> {
        self.program.signal(Signal::INT)
    }

    /// Reads all events to the end and waits for the exit.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        while let Some(line) = self.program.line().await? {
            if let Ok(event) = serde_json::from_str(&line) {
                self.seen.push(event);
            }
        }
        self.program.ended().await
    }

    /// The end of a take in which nothing went wrong.
    ///
    /// # Errors
    /// When it failed.
    pub async fn finished(&mut self) -> Result<()> {
        let status = self.ended().await?;
        anyhow::ensure!(
            status.success(),
            "the recorder failed ({status}):\n{}",
            self.program.said()
        );
        Ok(())
    }

    pub fn program(&self) -> &Program {
        &self.program
    }
}

/// A watch link and the secret in it.
#[derive(Debug, Clone)]
pub struct Link {
    pub url: String,
    pub slug: String,
}

//! A sound server of the test's own: real PulseAudio, whose devices are loaded, unloaded and killed at will.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Pid;
use tokio::process::Command;

use crate::program::{Program, TIMEOUT, eventually, output};

/// The guard of one server. Its folder, and so its address, outlives a restart.
#[derive(Debug)]
pub struct SoundServer {
    server: Option<Program>,
    folder: PathBuf,
    /// Modules it starts with, a line each.
    script: String,
}

impl SoundServer {
    /// A server in `folder` (made if it is not there) with these lines of configuration, such as
    /// `load-module module-null-sink sink_name=speakers`.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(folder: &Path, script: &str) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut sound = Self {
            server: None,
            folder: folder.to_owned(),
            script: script.to_owned(),
        };
        sound.restart().await?;
        Ok(sound)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("pulse.sock")
    }

    /// For `$PULSE_SERVER`.
    pub fn address(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// What a program needs to find this server and no other.
    pub fn env(&self) -> Vec<(String, String)> {
        vec![("PULSE_SERVER".to_owned(), self.address())]
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it was not running any more.
    pub async fn kill(&mut self) -> Result<()> {
        match self.server.take() {
            Some(mut server) => server.kill().await,
            None => Ok(()),
        }
    }

    /// Starts it, with the devices it began with, and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill().await?;
        let script = self.folder.join("default.pa");
        let lines = format!(
            "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n{}\n",
            self.socket().display(),
            self.script
        );
        std::fs::write(&script, lines)?;
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "-F"]).arg(&script);
        command.args([
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--high-priority=no",
            "--log-target=stderr",
        ]);
        command
            .env("HOME", &self.folder)
            .env("XDG_RUNTIME_DIR", &self.folder)
            .env_remove("PULSE_SERVER")
            .env_remove("DISPLAY")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        self.server = Some(Program::start("pulseaudio", command)?);
        eventually("PulseAudio", TIMEOUT, || async {
            let answered = self.pactl(&["info"]).await;
            ensure!(answered.is_ok(), "{}", self.said());
            Ok(Some(()))
        })
        .await
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<Pid> {
        self.server.as_ref().map(Program::pid)
    }

    /// What it said.
    pub fn said(&self) -> String {
        self.server.as_ref().map(Program::said).unwrap_or_default()
    }

    /// A client of this server, ready to be started.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PULSE_SERVER", self.address())
            .env("HOME", &self.folder)
            .env("XDG_RUNTIME_DIR", &self.folder);
        command
    }

    /// `pactl` with these arguments; what it printed.
    ///
    /// # Errors
    /// When it fails.
    pub async fn pactl(&self, args: &[&str]) -> Result<String> {
        Ok(String::from_utf8(
            output(self.client("pactl").args(args)).await?,
        )?)
    }

    /// Loads a module; its number, for `unload`.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn load(&self, module: &[&str]) -> Result<String> {
        let args: Vec<&str> = ["load-module"].iter().chain(module).copied().collect();
        let number = self.pactl(&args).await?;
        Ok(number.trim().to_owned())
    }

    /// Unloads a module.
    ///
    /// # Errors
    /// When it was not loaded.
    pub async fn unload(&self, number: &str) -> Result<()> {
        self.pactl(&["unload-module", number]).await.map(|_| ())
    }

    /// Plays raw samples (signed 16 bits, little endian) on a sink, without asking for any latency.
    ///
    /// # Errors
    /// When the player cannot be started.
    pub fn play(&self, sink: &str, file: &Path, rate: u32, map: &str) -> Result<Program> {
        let mut pacat = self.client("pacat");
        let channels = map.split(',').count();
        pacat
            .args(["-d", sink, "--raw", "--format=s16le"])
            .arg(format!("--rate={rate}"))
            .arg(format!("--channels={channels}"))
            .arg(format!("--channel-map={map}"))
            .arg(file);
        Program::start("pacat", pacat)
    }

    /// Records a source with the server's own tool, mono at 48 kHz, into `file`: what there was to hear.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn listen(&self, source: &str, file: &Path) -> Result<Program> {
        let mut parec = self.client("parec");
        parec.args([
            "-d",
            source,
            "--file-format=wav",
            "--format=s16le",
            "--rate=48000",
            "--channels=1",
        ]);
        parec.arg(file);
        Ok(Program::start("parec", parec)?.tidies_up())
    }

    /// Sends the server a signal.
    ///
    /// # Errors
    /// When it is not running.
    pub fn signal(&self, signal: rustix::process::Signal) -> Result<()> {
        self.server
            .as_ref()
            .context("the sound server does not run")?
            .signal(signal)
    }
}

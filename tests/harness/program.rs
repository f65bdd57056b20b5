//! A running program under test: what it says is kept and can be waited for, and it ends with
//! its guard, along with everything it started (it leads a process group of its own).
//!
//! At its end the guard prints the last lines the program said; the test runner shows them when
//! the test fails, and most failures are explained there.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Longest any single wait of a test may take, unless it says otherwise. Generous: two cores
/// may be busy with another test. No test asserts a duration.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// The path of a built program, such as `aside-server`: it lies two folders above this test.
///
/// # Errors
/// When it has not been built.
pub fn built(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here
        .parent()
        .and_then(Path::parent)
        .context("a test lies in target/PROFILE/deps")?;
    // Examples and benches may want the optimised programs.
    let folder =
        std::env::var_os("ASIDE_PROGRAMS").map_or_else(|| folder.to_owned(), PathBuf::from);
    let path = folder.join(name);
    if !path.is_file() {
        bail!(
            "{} is not built: run `cargo build --workspace --exclude aside-app --bins`",
            path.display()
        );
    }
    Ok(path)
}

#[derive(Debug, Default)]
struct Said(Mutex<VecDeque<String>>);

impl Said {
    fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == 200 {
            lines.pop_front();
        }
        lines.push_back(line);
    }
    fn all(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|l| format!("{l}\n")).collect()
    }
}

/// The guard of one running program.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    pid: Pid,
    said: Arc<Said>,
    lines: mpsc::Receiver<String>,
    tidies_up: bool,
}

impl Program {
    /// Starts `command` in a process group of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null());
        Self::start_with_stdin(name, command)
    }

    /// The same, for a command that has its own idea of standard input.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_with_stdin(name: &str, mut command: Command) -> Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let mut child = command
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
            .context("no process id")?;
        let said = Arc::new(Said::default());
        let (tx, lines) = mpsc::channel(10_000);
        if let Some(out) = child.stdout.take() {
            listen(out, "", Arc::clone(&said), Some(tx));
        }
        if let Some(err) = child.stderr.take() {
            listen(err, "! ", Arc::clone(&said), None);
        }
        Ok(Self {
            name: name.to_owned(),
            child,
            pid,
            said,
            lines,
            tidies_up: false,
        })
    }

    /// This program leaves things behind when it is killed (an X server its lock): it is asked
    /// to end first.
    #[must_use]
    pub fn tidies_up(mut self) -> Self {
        self.tidies_up = true;
        self
    }

    /// Its standard input, once.
    pub fn stdin(&mut self) -> Option<tokio::process::ChildStdin> {
        self.child.stdin.take()
    }

    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The next line on standard output; `None` when it has ended.
    ///
    /// # Errors
    /// When nothing is said for [`TIMEOUT`].
    pub async fn line(&mut self) -> Result<Option<String>> {
        match tokio::time::timeout(TIMEOUT, self.lines.recv()).await {
            Ok(line) => Ok(line),
            Err(_) => bail!(
                "{} said nothing for {TIMEOUT:?}; so far:\n{}",
                self.name,
                self.said()
            ),
        }
    }

    /// Reads on until a line for which `pick` has an answer.
    ///
    /// # Errors
    /// When the program ends first or falls silent.
    pub async fn line_with<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Result<T> {
        loop {
            match self.line().await? {
                Some(line) => {
                    if let Some(found) = pick(&line) {
                        return Ok(found);
                    }
                }
                None => bail!(
                    "{} ended without {what}; it said:\n{}",
                    self.name,
                    self.said()
                ),
            }
        }
    }

    /// The last lines of both streams; standard error is marked by `! `.
    pub fn said(&self) -> String {
        self.said.all()
    }

    /// SIGKILL, as a crash or a power cut would: nothing is tidied up. Its children live on
    /// until they notice, as they would then.
    ///
    /// # Errors
    /// When it is not running any more: then the test did not kill what it meant to.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "{} had ended before it could be killed ({status}):\n{}",
                self.name,
                self.said()
            );
        }
        kill_process(self.pid, Signal::KILL)?;
        self.child.wait().await?;
        Ok(())
    }

    /// A signal to the program alone, such as Ctrl-C.
    ///
    /// # Errors
    /// When it is not running.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.pid, signal).with_context(|| format!("{} is not running", self.name))
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// When it does not within [`TIMEOUT`].
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        match tokio::time::timeout(TIMEOUT, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!(
                "{} did not end within {TIMEOUT:?}; it said:\n{}",
                self.name,
                self.said()
            ),
        }
    }

    /// Whether it has ended.
    ///
    /// # Errors
    /// When the operating system does not know.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.tidies_up && kill_process(self.pid, Signal::TERM).is_ok() {
            let _ = wait_for_exit(self.pid, Duration::from_secs(3));
        }
        // The whole group, so that no worker and no encoder outlives the test.
        let _ = kill_process_group(self.pid, Signal::KILL);
        // Shown only for a test that fails; whether it does is not known here, as tests return errors.
        #[expect(clippy::print_stderr, reason = "the failing test's only witness")]
        {
            eprintln!("--- {} said ---\n{}", self.name, self.said());
        }
    }
}

/// Blocks until a child has ended, without reaping it.
fn wait_for_exit(pid: Pid, patience: Duration) -> rustix::io::Result<()> {
    let fd = pidfd_open(pid, PidfdFlags::empty())?;
    let patience = Timespec::try_from(patience).map_err(|_| rustix::io::Errno::INVAL)?;
    poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&patience))?;
    Ok(())
}

fn listen(
    stream: impl AsyncRead + Unpin + Send + 'static,
    mark: &'static str,
    said: Arc<Said>,
    tx: Option<mpsc::Sender<String>>,
) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            said.keep(format!("{mark}{line}"));
            if let Some(tx) = &tx {
                // A reader that went away is no reason to stop the program's output.
                let _ = tx.try_send(line);
            }
        }
    });
}

/// What FFmpeg wrote, without what it says of every list whose init changes: it passes over the second init, and reads the
/// parameter sets that the media carry.
pub(crate) fn complaints(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let about_inits = |line: &&str| line.contains("Found duplicated MOOV Atom. Skipped it");
    let others: Vec<&str> = text.lines().filter(|line| !about_inits(line)).collect();
    others.join("\n")
}

/// Runs a program to its end and hands back what it printed.
///
/// # Errors
/// When it fails; its standard error is in the message.
pub async fn output(command: &mut Command) -> Result<Vec<u8>> {
    command.kill_on_drop(true);
    let name = format!("{:?}", command.as_std().get_program());
    let done = tokio::time::timeout(TIMEOUT, command.output())
        .await
        .with_context(|| format!("{name} did not end within {TIMEOUT:?}"))??;
    if !done.status.success() {
        bail!(
            "{name} failed ({}): {}{}",
            done.status,
            String::from_utf8_lossy(&done.stderr),
            String::from_utf8_lossy(&done.stdout)
        );
    }
    Ok(done.stdout)
}

/// Asks again and again until there is an answer. For things that are only told when asked,
/// such as a transcript's state; where something announces itself, wait for that instead.
///
/// # Errors
/// When `patience` runs out: says what was hoped for.
pub async fn eventually<T, F: Future<Output = Result<Option<T>>>>(
    what: &str,
    patience: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T> {
    let mut last = None;
    let asked = tokio::time::timeout(patience, async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            match ask().await {
                Ok(Some(found)) => return found,
                Ok(None) => last = None,
                Err(error) => last = Some(error),
            }
        }
    })
    .await;
    match (asked, last) {
        (Ok(found), _) => Ok(found),
        (Err(_), Some(error)) => {
            Err(error.context(format!("after {patience:?} still not: {what}")))
        }
        (Err(_), None) => bail!("after {patience:?} still not: {what}"),
    }
}

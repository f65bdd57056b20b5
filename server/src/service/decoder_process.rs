//! A process that decodes what strangers sent: its addresses, its work and the size of what it writes are limited, it knows nothing
//! of the environment (where passwords may stand) and ends after one answer. It gives up files and the network before it reads anything,
//! as far as the kernel knows how (decision 104), and says first how far that went. It is told messages, each behind its length in four
//! bytes, big-endian, and answers with one file.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Once;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::domain::confinement::Posture;
use crate::domain::frame::MAX_MESSAGE;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("the process failed")]
    Failed,
    #[error("the answer or a message is too long")]
    TooLong,
    #[error("cannot run the process: {0}")]
    Process(#[from] io::Error),
}

/// One that runs. It is ended when this is dropped.
pub(super) struct DecoderProcess {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

/// Where messages go.
pub(super) struct Told(ChildStdin);

impl DecoderProcess {
    /// Starts `program verb`.
    pub(super) fn start(program: &Path, verb: &str) -> Result<Self, NoAnswer> {
        let mut command = Command::new(program);
        // Nothing of the settings: with them come passwords. Where FFmpeg lies may be among the rest.
        command.arg(verb).env_clear();
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let mut child = command
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = pipes.ok_or(NoAnswer::Failed)?;
        Ok(Self {
            child,
            stdin,
            stdout,
        })
    }

    /// Lets `feed` tell it what it needs, and takes what it answers, at most so many bytes.
    pub(super) async fn converse<E: From<NoAnswer>, F>(
        mut self,
        max_bytes: u64,
        feed: impl FnOnce(Told) -> F,
    ) -> Result<Vec<u8>, E>
    where
        F: Future<Output = Result<(), E>>,
    {
        let (fed, answer) = tokio::join!(feed(Told(self.stdin)), listen(self.stdout, max_bytes));
        fed?;
        let ended = self.child.wait().await.map_err(NoAnswer::Process)?;
        if !ended.success() {
            return Err(NoAnswer::Failed.into());
        }
        Ok(answer?)
    }
}

impl Told {
    /// Whether it still listens; why it does not is told by how it ends.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// The same for a message.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<bool, NoAnswer> {
        let length = u32::try_from(bytes.len()).ok();
        let length = length
            .filter(|length| *length <= MAX_MESSAGE)
            .ok_or(NoAnswer::TooLong)?;
        Ok(self.write(&length.to_be_bytes()).await && self.write(bytes).await)
    }
}

/// Takes the first byte of what such a process says; whether it is what it should be. Where the process is not confined, the log says
/// so once.
pub(super) async fn says_how_confined(stdout: &mut ChildStdout) -> bool {
    static TOLD: Once = Once::new();
    let mut first = [0];
    if stdout.read_exact(&mut first).await.is_err() {
        return false;
    }
    let posture = Posture::from_byte(first[0]);
    if posture == Some(Posture::Not) {
        TOLD.call_once(|| {
            tracing::warn!(
                "processes that decode are not kept from files and the network here; aside-server doctor says why"
            );
        });
    }
    posture.is_some()
}

async fn listen(mut stdout: ChildStdout, max_bytes: u64) -> Result<Vec<u8>, NoAnswer> {
    if !says_how_confined(&mut stdout).await {
        return Err(NoAnswer::Failed);
    }
    let mut bytes = Vec::new();
    let read = stdout.take(max_bytes + 1).read_to_end(&mut bytes).await?;
    if read as u64 > max_bytes {
        return Err(NoAnswer::TooLong);
    }
    Ok(bytes)
}

//! Reads the text in a picture of a recording.
//!
//! The picture is decoded in a process of its own, as [`Frames`] does it, and read by `tesseract` in another one: `aside-server read-screen`
//! sets its limits, gives up what `tesseract` has no need of, and becomes `tesseract`, which then may write no file.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use aside_protocol::id::RecordingId;
use aside_protocol::recording::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::domain::frame::{FrameFormat, FrameWanted};
use crate::domain::screen_text::{Languages, lines_of_tsv};
use crate::objects::ObjectError;
use crate::resources::Resources;
use crate::service::StoreError;
use crate::service::decoder_process::says_how_confined;
use crate::service::frames::{FrameError, Frames};

/// The verb of `aside-server` that reads the text of one picture.
pub const READ_VERB: &str = "read-screen";
/// Pixels in width: a wider picture is shrunk.
const MAX_WIDTH: u32 = 2560;
/// A process that takes longer is ended.
const TIMEOUT: Duration = Duration::from_secs(180);
/// Longest answer in bytes.
const MAX_OUTPUT_BYTES: u64 = 8 * 1024 * 1024;
/// Variables that say where programs and languages lie; nothing else is handed on.
const PASSED_VARIABLES: [&str; 3] = ["PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH"];

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot run the process that reads: {0}")]
    Process(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
}

/// What came of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    Lines {
        lines: Vec<String>,
        /// Of the picture.
        sha256: Sha256,
    },
    /// The same picture as the one before.
    Same,
    /// The picture cannot be decoded, or reading it took too long.
    Nothing,
}

/// Reads pictures. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ScreenReader {
    program: PathBuf,
    frames: Frames,
    languages: Languages,
}

impl ScreenReader {
    /// By the program that runs: `aside-server`.
    pub fn by_this_program(languages: Languages) -> Self {
        let this = std::env::current_exe().unwrap_or_else(|_| "aside-server".into());
        Self::by(this, languages)
    }

    /// By this `aside-server`.
    pub fn by(program: PathBuf, languages: Languages) -> Self {
        Self {
            frames: Frames::by(program.clone()),
            program,
            languages,
        }
    }

    /// The lines that stand in the picture at a moment; `before`: the picture that was read last.
    pub async fn read(
        &self,
        resources: &Resources,
        recording: RecordingId,
        at_ms: u64,
        before: Option<Sha256>,
    ) -> Result<Read, ReadError> {
        let wanted = FrameWanted {
            at_ms,
            format: FrameFormat::Png,
            max_width: MAX_WIDTH,
        };
        let frame = match self.frames.for_job(resources, recording, wanted).await {
            Ok(frame) => frame,
            Err(FrameError::Store(error)) => return Err(error.into()),
            Err(FrameError::Objects(error)) => return Err(error.into()),
            Err(FrameError::Process(error)) => return Err(error.into()),
            Err(
                FrameError::NoPicture
                | FrameError::Busy
                | FrameError::TooMany(_)
                | FrameError::Undecodable
                | FrameError::Lost,
            ) => return Ok(Read::Nothing),
        };
        if before == Some(frame.sha256) {
            return Ok(Read::Same);
        }
        let child = self.begin()?;
        let asked = tokio::time::timeout(TIMEOUT, ask(child, &frame.bytes)).await;
        Ok(match asked {
            Ok(Some(tsv)) => Read::Lines {
                lines: lines_of_tsv(&tsv),
                sha256: frame.sha256,
            },
            Ok(None) | Err(_) => Read::Nothing,
        })
    }

    fn begin(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        // Nothing of the settings: with them come passwords.
        command
            .arg(READ_VERB)
            .arg(self.languages.to_string())
            .env_clear();
        for name in PASSED_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

/// What the process says of a picture; none where it fails.
async fn ask(mut child: Child, picture: &[u8]) -> Option<String> {
    let (mut stdin, mut stdout) = child.stdin.take().zip(child.stdout.take())?;
    let say = async move {
        // Why it does not listen is told by how it ends.
        let said = stdin.write_all(picture).await;
        drop(stdin);
        said.is_ok()
    };
    if !says_how_confined(&mut stdout).await {
        return None;
    }
    let mut answer = Vec::new();
    let mut stdout = stdout.take(MAX_OUTPUT_BYTES);
    let (_, heard) = tokio::join!(say, stdout.read_to_end(&mut answer));
    heard.ok()?;
    // One that says more is not heard to its end.
    drop(stdout);
    let ended = child.wait().await.ok()?;
    ended.success().then(|| String::from_utf8(answer).ok())?
}

/// Why `tesseract` cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum TesseractError {
    #[error("tesseract is not here: {0}")]
    Missing(std::io::Error),
    #[error("tesseract does not say which languages it has")]
    NoAnswer,
}

/// The languages that `tesseract` has here.
pub async fn languages() -> Result<Vec<String>, TesseractError> {
    let listed = Command::new("tesseract")
        .arg("--list-langs")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(TesseractError::Missing)?;
    let text = String::from_utf8_lossy(&listed.stdout);
    let mut lines = text.lines();
    // A heading comes first.
    let heading = lines.next().unwrap_or_default();
    if !listed.status.success() || !heading.contains("languages") {
        return Err(TesseractError::NoAnswer);
    }
    Ok(lines.map(|line| line.trim().to_owned()).collect())
}

//! Every error that ends the program, with its exit code.

use super::exit::Exit;
use crate::config::ConfigError;
use crate::export::ExportError;
use crate::http::HttpError;
use crate::pipeline::{OpenError, StartError};
use crate::session::RecordError;
use crate::spool::SpoolError;

/// Why the program ends without having done what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command line: clap says it best.
    Usage(clap::Error),
    Other {
        exit: Exit,
        message: String,
    },
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::Other {
            exit,
            message: message.into(),
        }
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Usage(error) => error.to_string(),
            Self::Other { message, .. } => message.clone(),
        }
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let exit = match error {
            ConfigError::NotAServer { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<SpoolError> for Failure {
    fn from(error: SpoolError) -> Self {
        let exit = match error {
            SpoolError::Full { .. } => Exit::DiskFull,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Spool(SpoolError::Full { path }) => Self::new(
                Exit::DiskFull,
                format!(
                    "there is no space left on the disk that holds {}. Nothing was recorded; make room, or keep \
                     recordings elsewhere with ASIDE_DATA_DIR",
                    path.display()
                ),
            ),
            RecordError::Spool(error) => error.into(),
            RecordError::Lost(_) => Self::new(Exit::NothingToCapture, error.to_string()),
            RecordError::Open(error) => {
                let exit = match error {
                    StartError::Fps(_) => Exit::Usage,
                    StartError::Device(OpenError::Internal(_)) => Exit::Failed,
                    _ => Exit::NothingToCapture,
                };
                Self::new(exit, format!("{error}. Nothing was recorded"))
            }
            other => Self::new(Exit::Failed, other.to_string()),
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        let exit = match &error {
            HttpError::Refused(refused) if refused.status == 401 => Exit::NotSignedIn,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let exit = match error {
            ExportError::NotMp4 => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

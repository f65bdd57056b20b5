//! Files of an export.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::export_error::{ExportError, Result};

/// A file that knows how long it is.
pub(super) struct Output {
    path: PathBuf,
    file: BufWriter<File>,
    pub(super) at: u64,
}

impl Output {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|source| disk(path, source))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
            at: 0,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|source| disk(&self.path, source))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(|source| disk(&self.path, source))
    }
}

fn disk(path: &Path, source: io::Error) -> ExportError {
    ExportError::Disk {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|source| disk(path, source))
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|source| disk(path, source))
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut out = Output::create(path)?;
    serde_json::to_writer(&mut out.file, value).map_err(|e| disk(path, e.into()))?;
    out.finish()
}

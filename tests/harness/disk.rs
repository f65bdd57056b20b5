//! A disk that is nearly full: a small tmpfs in a mount namespace of its own. The program under
//! test is started inside; nothing has to be tidied up, and no privilege is needed where the
//! kernel lets people have user namespaces.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::program::Program;

/// Holds the namespace open, so that several programs can be started on the same small disk.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Program,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl SmallDisk {
    /// A disk of so many KiB.
    ///
    /// # Errors
    /// When this machine allows neither root nor user namespaces to mount anything: then the
    /// claim cannot be tested here, and the test says so by failing.
    pub async fn new(kib: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("disk");
        std::fs::create_dir(&path)?;
        let script = format!(
            "mount -t tmpfs -o size={kib}k,mode=0777 none '{}' && echo ready && exec sleep infinity",
            path.display()
        );
        let mut command = Command::new("unshare");
        command
            .args(namespaces())
            .args(["--propagation", "private", "sh", "-c", &script]);
        let mut holder = Program::start("unshare", command)?;
        let line = holder.line().await?;
        ensure!(
            line.as_deref() == Some("ready"),
            "a small disk needs root or user namespaces (unshare -Urm); this machine refuses:\n{}",
            holder.said()
        );
        Ok(Self {
            holder,
            path,
            _folder: folder,
        })
    }

    /// Where it is mounted, as seen from inside.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder, as seen from outside.
    pub fn from_outside(&self) -> Result<PathBuf> {
        let inside = self.path.strip_prefix("/").context("absolute")?;
        Ok(Path::new("/proc")
            .join(self.holder.pid().as_raw_nonzero().to_string())
            .join("root")
            .join(inside))
    }

    /// The words in front of a command that start it inside.
    pub fn wrapper(&self) -> Vec<String> {
        let mut words = vec![
            "nsenter".to_owned(),
            "--target".to_owned(),
            self.holder.pid().as_raw_nonzero().to_string(),
            "--mount".to_owned(),
        ];
        if !is_root() {
            words.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        words.push("--".to_owned());
        words
    }

    /// Makes room again.
    ///
    /// # Errors
    /// When it cannot be mounted anew.
    pub async fn grow(&self, kib: u64) -> Result<()> {
        let wrapper = self.wrapper();
        let mut command = Command::new(&wrapper[0]);
        command
            .args(&wrapper[1..])
            .args(["mount", "-o", &format!("remount,size={kib}k")])
            .arg(&self.path);
        crate::program::output(&mut command).await?;
        Ok(())
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn namespaces() -> &'static [&'static str] {
    if is_root() {
        &["--mount"]
    } else {
        &["--user", "--map-root-user", "--mount"]
    }
}

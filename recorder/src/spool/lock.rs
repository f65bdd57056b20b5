//! A take belongs to one living process at a time. The kernel lets go of the lock when its
//! holder dies, however it dies; nothing has to be cleaned up.
//!
//! Surprise: a process that works in the background signs the lock it holds with its number, so
//! that it can be asked to let go. What a person wants to do with a take goes before what it does.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::SpoolError;

/// How long a process in the background may take to let go.
const LETS_GO_WITHIN: Duration = Duration::from_secs(5);

/// What a living process holds a take for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// It is being recorded, and uploaded afterwards.
    Recorder,
    /// A person is waiting for what is done with it.
    Person,
    /// This process brings it to its server, unseen.
    Background(u32),
}

/// Held for as long as this value lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, or says `None` when a living process has it. Does not wait.
    pub fn take(path: &Path) -> Result<Option<Self>, SpoolError> {
        let fail = |e| SpoolError::io("lock", path)(e);
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(fail(e)),
        }
    }

    /// Takes the lock, waiting for a holder who will soon be done.
    pub(super) fn wait(path: &Path) -> Result<Self, SpoolError> {
        let file = open(path)?;
        file.lock().map_err(SpoolError::io("lock", path))?;
        Ok(Self { file })
    }

    /// Takes the lock, from a process in the background if need be.
    pub(super) fn take_over(path: &Path) -> Result<Option<Self>, SpoolError> {
        if let Some(lock) = Self::take(path)? {
            return Ok(Some(lock));
        }
        match holder(path) {
            Holder::Background(process) if ask_to_let_go(process) => {
                wait_within(path, LETS_GO_WITHIN)
            }
            _ => Ok(None),
        }
    }

    /// Says who holds it.
    pub(super) fn sign(&mut self, holder: Holder) {
        let text = match holder {
            Holder::Recorder => "recorder\n".to_owned(),
            Holder::Person => "person\n".to_owned(),
            Holder::Background(process) => format!("background {process}\n"),
        };
        // A lock that could not be signed is a lock that cannot be asked for: safe, and less convenient.
        let _ = self
            .file
            .set_len(0)
            .and_then(|()| self.file.write_all(text.as_bytes()));
    }
}

/// Who holds a lock that is held; the recorder, where nothing is to be read.
pub(super) fn holder(path: &Path) -> Holder {
    let text = fs::read_to_string(path).unwrap_or_default();
    match text.trim().split_once(' ') {
        Some(("background", process)) => process.parse().map_or(Holder::Person, Holder::Background),
        _ if text.trim() == "person" => Holder::Person,
        _ => Holder::Recorder,
    }
}

#[cfg(unix)]
fn ask_to_let_go(process: u32) -> bool {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}

#[cfg(not(unix))]
fn ask_to_let_go(_process: u32) -> bool {
    false
}

/// The kernel can wait for a lock, but not for a while only: so a thread waits, for as long as it takes.
fn wait_within(path: &Path, patience: Duration) -> Result<Option<Lock>, SpoolError> {
    let (say, locked) = bounded(1);
    let wanted = path.to_owned();
    let wait = move || {
        // A lock that comes too late is let go of again, here.
        let _ = say.send(Lock::wait(&wanted));
    };
    let waiting = Builder::new()
        .name("lock".to_owned())
        .spawn(wait)
        .map_err(SpoolError::io("lock", path))?;
    match locked.recv_timeout(patience) {
        Ok(lock) => {
            let _ = waiting.join();
            lock.map(Some)
        }
        Err(_) => Ok(None),
    }
}

fn open(path: &Path) -> Result<File, SpoolError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(SpoolError::io("lock", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_again_when_its_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path).unwrap();
        assert!(first.is_some());
        assert!(Lock::take(&path).unwrap().is_none());
        drop(first);
        assert!(Lock::take(&path).unwrap().is_some());
    }

    #[test]
    fn only_a_lock_held_in_the_background_can_be_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        for who in [Holder::Background(4711), Holder::Person, Holder::Recorder] {
            let mut lock = Lock::take(&path).unwrap().unwrap();
            lock.sign(who);
            assert_eq!(holder(&path), who);
        }
        let _lock = Lock::take(&path).unwrap();
        assert!(Lock::take_over(&path).unwrap().is_none());
    }
}

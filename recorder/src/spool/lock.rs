//! A take belongs to one living process at a time. The kernel lets go of the lock when its
//! holder dies, however it dies; nothing has to be cleaned up.
//!
//! A process that works in the background signs the lock it holds, so that it can be asked to release it: what a person
//! does with a take goes before that. The signature names one process of one boot, because process ids are reused and
//! the text outlives its writer.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::SpoolError;

/// How long a process in the background may take to let go.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long readers, which share the lock for one system call each, may keep it busy.
const READERS_TIMEOUT: Duration = Duration::from_secs(1);

/// What a living process holds a take for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// It is being recorded, and uploaded afterwards.
    Recorder,
    /// A person is waiting for what is done with it.
    Person,
    /// This process brings it to its server, unseen.
    Background(Process),
}

/// A process, told from every other that had or will have its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    number: u32,
    /// Which boot, and when it began in ticks since then; empty where the system does not tell.
    start: String,
}

impl Process {
    /// This one.
    pub fn this() -> Self {
        let number = std::process::id();
        Self {
            number,
            start: start(number).unwrap_or_default(),
        }
    }

    /// Whether the process that has this number now is the one that was meant.
    #[cfg(unix)]
    fn lives(&self) -> bool {
        !self.start.is_empty() && start(self.number).as_ref() == Some(&self.start)
    }
}

/// Boot and start of a process, from procfs: `{boot id}/{start time in clock ticks}` (proc(5)).
fn start(number: u32) -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name (field 2) may hold blanks and brackets; behind its last bracket field 3 begins.
    let start = stat.rsplit_once(')')?.1.split_whitespace().nth(22 - 3)?;
    Some(format!("{}/{start}", boot.trim()))
}

/// Held for as long as this value lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, or says `None` when a living process has it. Waits for nobody but for those who only look.
    pub fn take(path: &Path) -> Result<Option<Self>, SpoolError> {
        let fail = |e| SpoolError::io("lock", path)(e);
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => return Ok(Some(Self::fresh(file))),
            Err(TryLockError::Error(e)) => return Err(fail(e)),
            Err(TryLockError::WouldBlock) => {}
        }
        // A holder has it for itself; those who look share it, and will be gone in a moment.
        match file.try_lock_shared() {
            Ok(()) => drop(file),
            Err(TryLockError::Error(e)) => return Err(fail(e)),
            Err(TryLockError::WouldBlock) => return Ok(None),
        }
        wait_within(path, READERS_TIMEOUT)
    }

    /// Whether a living process has it. Nobody who wants it is kept from it by this.
    pub(super) fn is_held(path: &Path) -> Result<bool, SpoolError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(SpoolError::io("lock", path)(e)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(e)) => Err(SpoolError::io("lock", path)(e)),
        }
    }

    /// Takes the lock, waiting for a holder who will soon be done.
    pub(super) fn wait(path: &Path) -> Result<Self, SpoolError> {
        let file = open(path)?;
        file.lock().map_err(SpoolError::io("lock", path))?;
        Ok(Self::fresh(file))
    }

    /// Takes the lock, from a process in the background if need be.
    pub(super) fn take_over(path: &Path) -> Result<Option<Self>, SpoolError> {
        if let Some(lock) = Self::take(path)? {
            return Ok(Some(lock));
        }
        match holder(path) {
            Holder::Background(process) if ask_to_release(&process) => {
                wait_within(path, RELEASE_TIMEOUT)
            }
            _ => Ok(None),
        }
    }

    /// What a holder that died signed says nothing of this one.
    fn fresh(file: File) -> Self {
        // Where it stays, it names a process that is gone, and nobody is sent a signal for it.
        let _ = file.set_len(0);
        Self { file }
    }

    /// Says who holds it.
    pub(super) fn sign(&mut self, holder: &Holder) {
        let text = match holder {
            Holder::Recorder => "recorder\n".to_owned(),
            Holder::Person => "person\n".to_owned(),
            Holder::Background(process) => {
                format!("background {} {}\n", process.number, process.start)
            }
        };
        // A lock that could not be signed is a lock that cannot be asked for: safe, and less convenient.
        let _ = self.file.write_all(text.as_bytes());
    }
}

impl Drop for Lock {
    /// The signature goes before the lock does: this process may live on, and the next holder is not it.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

/// Who holds a lock that is held; the recorder, where nothing is to be read.
pub(super) fn holder(path: &Path) -> Holder {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut words = text.split_whitespace();
    match (words.next(), words.next().map(str::parse), words.next()) {
        (Some("background"), Some(Ok(number)), start) => Holder::Background(Process {
            number,
            start: start.unwrap_or_default().to_owned(),
        }),
        (Some("background" | "person"), ..) => Holder::Person,
        _ => Holder::Recorder,
    }
}

/// Sends a polite kill, if the process is still the one that signed. The descriptor keeps the number from being
/// given to another one between the look and the signal.
#[cfg(target_os = "linux")]
fn ask_to_release(process: &Process) -> bool {
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    let pid = i32::try_from(process.number).ok().and_then(Pid::from_raw);
    let Some(descriptor) = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
        return false;
    };
    process.lives() && pidfd_send_signal(descriptor, Signal::TERM).is_ok()
}

/// Without a way to tell a process from its successor nobody is sent a signal.
#[cfg(not(target_os = "linux"))]
fn ask_to_release(_process: &Process) -> bool {
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
        assert!(Lock::is_held(&path).unwrap());
        drop(first);
        assert!(!Lock::is_held(&path).unwrap());
        assert!(Lock::take(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_says_for_what_it_is_held_and_nothing_of_an_earlier_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        for who in [
            Holder::Background(Process::this()),
            Holder::Person,
            Holder::Recorder,
        ] {
            let mut lock = Lock::take(&path).unwrap().unwrap();
            assert_eq!(holder(&path), Holder::Recorder, "nobody signed yet");
            lock.sign(&who);
            assert_eq!(holder(&path), who);
        }
    }

    #[test]
    fn releasing_a_lock_clears_its_signature() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mut lock = Lock::take(&path).unwrap().unwrap();
        lock.sign(&Holder::Background(Process::this()));
        drop(lock);
        // The next holder has the lock and has not come to sign it.
        let next = open(&path).unwrap();
        next.lock().unwrap();
        assert_eq!(holder(&path), Holder::Recorder);
    }

    /// A process that would die of a SIGTERM, and its number.
    #[cfg(target_os = "linux")]
    fn bystander() -> (std::process::Child, u32) {
        let child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let number = child.id();
        (child, number)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_got_the_pid_of_a_dead_holder_is_sent_no_signal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let (mut child, number) = bystander();
        let real = start(number).unwrap();
        for stale in [
            String::new(),
            "another-boot/1".to_owned(),
            format!("{real}0"),
        ] {
            let mut lock = Lock::take(&path).unwrap().unwrap();
            lock.sign(&Holder::Background(Process {
                number,
                start: stale,
            }));
            assert!(Lock::take_over(&path).unwrap().is_none());
        }
        assert!(child.try_wait().unwrap().is_none(), "it was sent a signal");
        assert!(ask_to_release(&Process {
            number,
            start: real
        }));
        child.wait().unwrap();
    }

    #[test]
    fn looking_at_a_take_never_keeps_anybody_from_claiming_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        open(&path).unwrap();
        let looking = std::sync::atomic::AtomicBool::new(true);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while looking.load(std::sync::atomic::Ordering::Relaxed) {
                        Lock::is_held(&path).unwrap();
                        std::thread::yield_now();
                    }
                });
            }
            for _ in 0..200 {
                assert!(Lock::take(&path).unwrap().is_some());
            }
            looking.store(false, std::sync::atomic::Ordering::Relaxed);
        });
    }
}

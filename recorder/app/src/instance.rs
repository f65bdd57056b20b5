//! One app for one person: a second start shows the first one's window and ends.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::Builder;
use std::time::Duration;

const SHOW: &[u8] = b"show\n";
const SHOWN: &[u8] = b"shown\n";
/// How long another app may take to answer; one that hangs is none.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a start finds.
#[derive(Debug)]
pub enum Instance {
    First(Listener),
    /// Another app was asked to show itself.
    Second,
}

/// The name is this app's until it is dropped.
#[derive(Debug)]
pub struct Listener {
    socket: Option<UnixListener>,
    path: PathBuf,
}

/// Looks whether there is another app.
pub fn claim(path: &Path) -> io::Result<Instance> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    if ask(path).is_ok_and(|answer| answer == SHOWN) {
        return Ok(Instance::Second);
    }
    // Nobody answers: it is left from an app that was killed, or is being killed at this moment.
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    Ok(Instance::First(Listener {
        socket: Some(UnixListener::bind(path)?),
        path: path.to_owned(),
    }))
}

/// Asks another app to show itself; what it says.
fn ask(path: &Path) -> io::Result<Vec<u8>> {
    let mut other = UnixStream::connect(path)?;
    other.set_read_timeout(Some(TIMEOUT))?;
    other.write_all(SHOW)?;
    other.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    other.take(16).read_to_end(&mut answer)?;
    Ok(answer)
}

impl Listener {
    /// Calls `raise` for every other start, on a thread that ends with the process.
    pub fn listen(&mut self, raise: impl Fn() + Send + 'static) -> io::Result<()> {
        let Some(socket) = self.socket.take() else {
            return Ok(());
        };
        let serve = move || {
            for mut other in socket.incoming().map_while(Result::ok) {
                let mut word = Vec::new();
                let read = (&other).take(16).read_to_end(&mut word);
                if read.is_ok() && word == SHOW {
                    raise();
                    // Whoever asked may have gone.
                    let _ = other.write_all(SHOWN);
                }
            }
        };
        Builder::new()
            .name("instance".to_owned())
            .spawn(serve)
            .map(drop)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_second_start_shows_the_first_and_one_after_a_crash_is_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/app");
        let Instance::First(mut first) = claim(&path).unwrap() else {
            panic!("nobody else is there")
        };
        let (raised, seen) = mpsc::sync_channel(4);
        first.listen(move || raised.send(()).unwrap()).unwrap();
        assert!(matches!(claim(&path).unwrap(), Instance::Second));
        seen.recv().unwrap();

        // A socket that nobody listens to.
        let left = folder.path().join("left");
        drop(UnixListener::bind(&left).unwrap());
        assert!(matches!(claim(&left).unwrap(), Instance::First(_)));

        // One that is killed while it is asked.
        let dying = folder.path().join("dying");
        let socket = UnixListener::bind(&dying).unwrap();
        let killed = Builder::new().spawn(move || drop(socket.accept().unwrap()));
        assert!(matches!(claim(&dying).unwrap(), Instance::First(_)));
        killed.unwrap().join().unwrap();
    }
}

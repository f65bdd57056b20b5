//! One app for one person: a second start shows the first one's window and ends.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::Builder;

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
    if let Ok(mut other) = UnixStream::connect(path) {
        other.write_all(b"show\n")?;
        return Ok(Instance::Second);
    }
    // Nobody listens: it is left from an app that was killed.
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    Ok(Instance::First(Listener {
        socket: Some(UnixListener::bind(path)?),
        path: path.to_owned(),
    }))
}

impl Listener {
    /// Calls `raise` for every other start, on a thread that ends with the process.
    pub fn listen(&mut self, raise: impl Fn() + Send + 'static) -> io::Result<()> {
        let Some(socket) = self.socket.take() else {
            return Ok(());
        };
        let serve = move || {
            for other in socket.incoming().map_while(Result::ok) {
                let mut word = Vec::new();
                if other.take(16).read_to_end(&mut word).is_ok() && word == b"show\n" {
                    raise();
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
        let (raised, seen) = mpsc::channel();
        first.listen(move || raised.send(()).unwrap()).unwrap();
        assert!(matches!(claim(&path).unwrap(), Instance::Second));
        seen.recv().unwrap();

        // A socket that nobody listens to.
        let left = folder.path().join("left");
        drop(UnixListener::bind(&left).unwrap());
        assert!(matches!(claim(&left).unwrap(), Instance::First(_)));
    }
}

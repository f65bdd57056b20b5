//! The socket through which verbs reach a running recorder: `{run_dir}/{pid}.sock`, for its owner alone.
//!
//! A connection brings one line and gets one line (`wish`). Commands of the desktop's hotkeys are short and rare, so one
//! thread answers them one after the other. A connection that begins with `follow` stays: it gets everything the take tells, and
//! brings as many commands as it likes, on threads of its own.

use std::path::Path;

#[cfg(unix)]
pub(super) use unix::listen;

/// Ends of the names of sockets.
pub(super) const SUFFIX: &str = "sock";

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::{self, BufReader, Write as _};
    use std::net::Shutdown;
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::{Builder, JoinHandle};
    use std::time::Duration;

    use crossbeam_channel::{Receiver, Sender, bounded, select_biased};
    use serde_json::Value;

    use super::super::feed::{Feed, Follower};
    use super::super::show::JsonLines;
    use super::super::stdio::{self, next_line};
    use super::super::wish;
    use super::{SUFFIX, is_follow};
    use crate::session::Asked;

    /// How long a client may take for its line, and to take the answer.
    const CLIENT_TIMEOUT: Duration = Duration::from_secs(2);
    /// How long the take may be busy.
    const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

    /// Listens until it is dropped.
    pub(in crate::control) struct Socket {
        path: PathBuf,
        stopped: Arc<AtomicBool>,
        feed: Feed,
        thread: Option<JoinHandle<Vec<JoinHandle<()>>>>,
    }

    /// What a connection may reach.
    struct Reach {
        commands: Sender<Asked>,
        lines: JsonLines,
        feed: Feed,
    }

    /// Listens in `folder`, which is made where there is none.
    pub(in crate::control) fn listen(
        folder: &Path,
        commands: Sender<Asked>,
        lines: JsonLines,
        feed: Feed,
    ) -> io::Result<Socket> {
        let (listener, path) = bind(folder)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        let reach = Reach {
            commands,
            lines,
            feed: feed.clone(),
        };
        let serve = move || {
            let mut followers = Vec::new();
            while let Ok((client, _)) = listener.accept() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                // A client that went away needs no answer.
                if let Ok(Some(follower)) = serve(&client, &reach) {
                    followers.push(follower);
                }
            }
            followers
        };
        let thread = Builder::new().name("verbs".to_owned()).spawn(serve)?;
        Ok(Socket {
            path,
            stopped,
            feed,
            thread: Some(thread),
        })
    }

    /// Between bind(2) and listen(2) a socket refuses whoever connects, as that of a dead process does, which is cleared away: it
    /// gets its name when it listens.
    pub(super) fn bind(folder: &Path) -> io::Result<(UnixListener, PathBuf)> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // The names are of this process; what has them is left from one that had its number before.
        let path = folder.join(format!("{}.{SUFFIX}", std::process::id()));
        let unnamed = path.with_extension("new");
        let _ = fs::remove_file(&unnamed);
        let listener = UnixListener::bind(&unnamed)?;
        fs::set_permissions(&unnamed, fs::Permissions::from_mode(0o600))?;
        fs::rename(&unnamed, &path)?;
        Ok((listener, path))
    }

    /// Returns the thread that writes to a follower.
    fn serve(client: &UnixStream, reach: &Reach) -> io::Result<Option<JoinHandle<()>>> {
        client.set_read_timeout(Some(CLIENT_TIMEOUT))?;
        client.set_write_timeout(Some(CLIENT_TIMEOUT))?;
        let mut input = BufReader::new(client.try_clone()?);
        let Some(line) = next_line(&mut input) else {
            return Ok(None);
        };
        if line.as_ref().is_ok_and(|line| is_follow(line)) {
            return follow(client, input, reach).map(Some);
        }
        let answer = match line.and_then(|line| wish::parse(&line)) {
            Ok(wish) => obey(&wish, &reach.commands),
            Err(bad) => wish::bad_line(&bad),
        };
        (&mut &*client).write_all(format!("{answer}\n").as_bytes())?;
        Ok(None)
    }

    /// `input` may hold the commands that came with the first line.
    fn follow(
        client: &UnixStream,
        mut input: BufReader<UnixStream>,
        reach: &Reach,
    ) -> io::Result<JoinHandle<()>> {
        client.set_read_timeout(None)?;
        let writing = client.try_clone()?;
        if let Some(hello) = reach.lines.line(&stdio::hello()) {
            (&writing).write_all(format!("{hello}\n").as_bytes())?;
        }
        let Follower {
            lines: told,
            put: answers,
            closed,
        } = reach.feed.follow();
        let (commands, lines) = (reach.commands.clone(), reach.lines.clone());
        let read = move || {
            while let Some(line) = next_line(&mut input) {
                let answer = lines.line(&stdio::obey(&commands, line));
                if answer.is_none_or(|a| answers.try_send(a.into()).is_err()) {
                    return;
                }
            }
        };
        // Ends with the connection, at the latest with the process.
        Builder::new().name("follower".to_owned()).spawn(read)?;
        Builder::new()
            .name("feed".to_owned())
            .spawn(move || write_all(&writing, &told, &closed))
    }

    fn write_all(mut client: &UnixStream, told: &Receiver<Arc<str>>, closed: &Receiver<()>) {
        loop {
            let line = select_biased! {
                recv(told) -> line => line,
                recv(closed) -> _ => break,
            };
            let written = line.map(|line| client.write_all(format!("{line}\n").as_bytes()));
            if !matches!(written, Ok(Ok(()))) {
                break;
            }
        }
        // Also wakes the thread that reads.
        let _ = client.shutdown(Shutdown::Both);
    }

    fn obey(wish: &wish::Wish, commands: &Sender<Asked>) -> Value {
        let (answer, answered) = bounded(1);
        let asked = Asked {
            command: wish.command.clone(),
            answer: Some(answer),
        };
        let given = commands
            .try_send(asked)
            .ok()
            .and_then(|()| answered.recv_timeout(ANSWER_TIMEOUT).ok());
        match given {
            Some(answer) => wish::answer(wish, &answer),
            None => wish::not_taken(wish, "busy", "the recorder does not answer at the moment"),
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            self.stopped.store(true, Ordering::SeqCst);
            // Wakes the thread out of accept(2).
            let woken = UnixStream::connect(&self.path).is_ok();
            let _ = fs::remove_file(&self.path);
            self.feed.close();
            if let Some(thread) = self.thread.take().filter(|_| woken)
                && let Ok(followers) = thread.join()
            {
                // Each reads its last lines, or is too slow for one of them.
                followers.into_iter().for_each(|f| drop(f.join()));
            }
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Socket;

#[cfg(not(unix))]
pub(super) fn listen(
    _folder: &Path,
    _commands: crossbeam_channel::Sender<crate::session::Asked>,
    _lines: super::show::JsonLines,
    _feed: super::feed::Feed,
) -> std::io::Result<Socket> {
    Ok(Socket)
}

/// The command that makes a connection stay. It is none of the take's.
#[cfg(unix)]
fn is_follow(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(line).is_ok_and(|line| line["command"] == "follow")
}

/// What a recorder answered, or why it does not.
#[cfg(unix)]
pub(super) fn ask(path: &Path, line: &serde_json::Value) -> std::io::Result<serde_json::Value> {
    use std::io::{BufReader, Write as _};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    /// Longer than the recorder waits for its take.
    const TIMEOUT: Duration = Duration::from_secs(8);

    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("{line}\n").as_bytes())?;
    let answer = super::stdio::next_line(&mut BufReader::new(stream));
    let broken = || std::io::Error::other("the recorder ended before it answered");
    let line = answer.and_then(Result::ok).ok_or_else(broken)?;
    serde_json::from_slice(&line).map_err(std::io::Error::other)
}

#[cfg(not(unix))]
pub(super) fn ask(_path: &Path, _line: &serde_json::Value) -> std::io::Result<serde_json::Value> {
    Err(std::io::Error::other(
        "steering a running recorder is not supported on this system",
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::{SUFFIX, unix};

    #[test]
    fn a_socket_that_is_being_made_is_not_taken_for_one_of_a_dead_process() {
        let folder = tempfile::tempdir().unwrap();
        let made = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // As verbs do that look for recorders.
                while !made.load(Ordering::Relaxed) {
                    for file in fs::read_dir(folder.path()).unwrap().flatten() {
                        let path = file.path();
                        let dead = path.extension().is_some_and(|end| end == SUFFIX)
                            && UnixStream::connect(&path)
                                .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
                        if dead {
                            let _ = fs::remove_file(&path);
                        }
                    }
                }
            });
            let lost = (0..5_000).find(|_| {
                let Ok((listener, path)) = unix::bind(folder.path()) else {
                    return true;
                };
                let lost = fs::remove_file(&path).is_err();
                drop(listener);
                lost
            });
            made.store(true, Ordering::Relaxed);
            assert_eq!(lost, None, "its file was removed");
        });
    }
}

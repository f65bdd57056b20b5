//! `--control stdio`: a program steers the take through a pipe.
//!
//! A pipe that is closed means that the program is gone: the take is stopped and kept, because nobody is to be recorded
//! by a program that can no longer be seen (docs/decisions/0032). With `--keep-recording` a take that has begun goes on, and the
//! desktop app is started again to show it (docs/decisions/0045).

use std::io::{self, BufRead, Read as _};
use std::thread::Builder;

use crossbeam_channel::{Sender, bounded};
use serde_json::{Value, json};

use super::desktop_app;
use super::show::JsonLines;
use super::wish::{self, BadLine, COMMANDS, MAX_LINE, VERSION};
use crate::pipeline;
use crate::session::{Answer, Asked, Command};

/// What a program is told first.
pub(super) fn hello() -> Value {
    json!({
        "event": "hello",
        "version": VERSION,
        "program": concat!("aside ", env!("CARGO_PKG_VERSION")),
        "commands": COMMANDS,
    })
}

/// What becomes of the take when the pipe is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    Stops,
    /// A take that has begun goes on.
    GoesOn,
}

/// Says hello, and reads commands from standard input from now on. The thread waits in read(2) for a program that may never write
/// again; it ends with the process.
pub(super) fn listen(lines: JsonLines, commands: Sender<Asked>, closed: Closed) -> io::Result<()> {
    lines.write(&hello());
    Builder::new()
        .name("control".to_owned())
        .spawn(move || {
            let mut input = io::stdin().lock();
            while let Some(line) = next_line(&mut input) {
                lines.write(&obey(&commands, line));
            }
            if closed == Closed::GoesOn && has_begun(&ask(&commands, Command::Status)) {
                // Without a window the take is still stopped by `aside stop`, a hotkey or the desktop's own indicator.
                let _ = desktop_app::start();
                return;
            }
            let _ = commands.send(Asked::unheard(Command::ControlClosed));
        })
        .map(drop)
}

/// Has the line carried out; returns the answer.
pub(super) fn obey(commands: &Sender<Asked>, line: Result<Vec<u8>, BadLine>) -> Value {
    let wish = match line.and_then(|line| wish::parse(&line)) {
        Ok(wish) => wish,
        Err(bad) => return wish::bad_line(&bad),
    };
    let answer = ask(commands, wish.command.clone());
    let mut said = wish::answer(&wish, &answer);
    if wish.wants_sources() && answer.is_ok() {
        // Looked for here: the take does not wait for it.
        said["sources"] = json!(pipeline::sources());
    }
    said
}

/// Waits while the take is busy: commands are carried out one after the other.
fn ask(commands: &Sender<Asked>, command: Command) -> Answer {
    let (answer, answered) = bounded(1);
    let asked = Asked {
        command,
        answer: Some(answer),
    };
    match commands.send(asked) {
        Ok(()) => answered.recv().unwrap_or(Err(wish::over())),
        Err(_) => Err(wish::over()),
    }
}

fn has_begun(standing: &Answer) -> bool {
    standing
        .as_ref()
        .is_ok_and(|s| matches!(s.state, "countdown" | "recording" | "paused"))
}

/// One line without its end. `None` at the end of the input; a last line without an end was cut off, and is none.
pub(super) fn next_line(input: &mut impl BufRead) -> Option<Result<Vec<u8>, BadLine>> {
    let mut line = Vec::new();
    let limit = MAX_LINE as u64 + 1;
    let read = input.by_ref().take(limit).read_until(b'\n', &mut line);
    if !matches!(read, Ok(n) if n > 0) {
        return None;
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Some(Ok(line));
    }
    if line.len() <= MAX_LINE {
        return None;
    }
    skip_line(input)?;
    Some(Err(BadLine {
        reason: "too_long",
        message: format!("the line has more than {MAX_LINE} bytes"),
        request: None,
    }))
}

/// `None`: the input ends before the line does.
fn skip_line(input: &mut impl BufRead) -> Option<()> {
    loop {
        let buffer = input.fill_buf().ok().filter(|b| !b.is_empty())?;
        let end = buffer.iter().position(|b| *b == b'\n');
        let skipped = end.map_or(buffer.len(), |n| n + 1);
        input.consume(skipped);
        if end.is_some() {
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_costs_itself_only_and_one_that_is_cut_off_is_none() {
        let long = vec![b'x'; MAX_LINE * 3];
        let text = [b"one\n", &long[..], b"\n\ntwo\ncut"].concat();
        let mut input = io::BufReader::with_capacity(100, &text[..]);
        let mut next = || next_line(&mut input);
        assert_eq!(next(), Some(Ok(b"one".to_vec())));
        assert_eq!(next().unwrap().unwrap_err().reason, "too_long");
        assert_eq!(next(), Some(Ok(Vec::new())));
        assert_eq!(next(), Some(Ok(b"two".to_vec())));
        assert_eq!(next(), None);
    }
}

//! `--control stdio`: a program steers the take through a pipe.
//!
//! A pipe that is closed means that the program is gone: the take is stopped and kept, because nobody is to be recorded
//! by a program that can no longer be seen (docs/decisions/0032).

use std::io::{self, BufRead, Read as _};
use std::thread::Builder;

use crossbeam_channel::{Sender, bounded};
use serde_json::json;

use super::show::JsonLines;
use super::wish::{self, BadLine, COMMANDS, MAX_LINE, VERSION};
use crate::pipeline;
use crate::session::{Asked, Command};

/// Says hello, and reads commands from standard input from now on. The thread waits in read(2) for a program that may never write
/// again; it ends with the process.
pub(super) fn listen(lines: JsonLines, commands: Sender<Asked>) -> io::Result<()> {
    lines.write(&json!({
        "event": "hello",
        "version": VERSION,
        "program": concat!("aside ", env!("CARGO_PKG_VERSION")),
        "commands": COMMANDS,
    }));
    Builder::new()
        .name("control".to_owned())
        .spawn(move || {
            let mut input = io::stdin().lock();
            while let Some(line) = next_line(&mut input) {
                obey(&lines, &commands, line);
            }
            let _ = commands.send(Asked::unheard(Command::ControlClosed));
        })
        .map(drop)
}

fn obey(lines: &JsonLines, commands: &Sender<Asked>, line: Result<Vec<u8>, BadLine>) {
    let wish = match line.and_then(|line| wish::parse(&line)) {
        Ok(wish) => wish,
        Err(bad) => return lines.write(&wish::bad_line(&bad)),
    };
    let (answer, answered) = bounded(1);
    let asked = Asked {
        command: wish.command.clone(),
        answer: Some(answer),
    };
    // Waits while the take is busy: commands are carried out one after the other.
    let answer = match commands.send(asked) {
        Ok(()) => answered.recv().unwrap_or(Err(wish::over())),
        Err(_) => Err(wish::over()),
    };
    let mut said = wish::answer(&wish, &answer);
    if wish.wants_sources() && answer.is_ok() {
        // Looked for here: the take does not wait for it.
        said["sources"] = json!(pipeline::sources());
    }
    lines.write(&said);
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

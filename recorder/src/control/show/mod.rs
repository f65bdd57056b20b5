//! Where words go. Results (the link, the list) to standard output, everything else to standard
//! error. Whoever reads may be gone: that never ends a take.

mod both;
mod json;
mod line;
mod take;
mod terminal;

use std::borrow::Cow;
use std::io::{self, Write as _};

use aside_protocol::recording::Audience;

pub(super) use both::Both;
pub(super) use json::JsonLines;
pub(super) use line::{megabytes, progress_line};
pub(super) use take::{TakeView, sentence};
pub(super) use terminal::Terminal;

/// One line to standard output.
pub(super) fn out(line: &str) {
    let _ = writeln!(io::stdout(), "{}", without_controls(line));
}

/// One line to standard error.
pub(super) fn err(line: &str) {
    let _ = writeln!(io::stderr(), "{}", without_controls(line));
}

/// The people who may open a link.
pub(super) const fn who_can_watch(audience: Audience) -> &'static str {
    match audience {
        Audience::Owner => "you alone",
        Audience::Members => "members of the server",
        Audience::Link => "anyone with the link",
    }
}

/// Without control characters: titles, names of devices and answers of servers are other people's words, and a
/// terminal obeys some of them (ECMA-48).
fn without_controls(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(obeyed) {
        text.replace(obeyed, "\u{fffd}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(
            without_controls("\u{1b}[31mred\u{7}\u{9b}1m"),
            "\u{fffd}[31mred\u{fffd}\u{fffd}1m"
        );
        assert!(matches!(without_controls("two\n\tlines"), Cow::Borrowed(_)));
    }
}

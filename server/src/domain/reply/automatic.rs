//! Whether a mail was written by a program, which nobody answers (RFC 3834 §2, RFC 5230 §4.6).

use super::mime::Head;

/// By what a mail is known to be no person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// A bounce: nobody is to be told when it cannot be delivered.
    NullPath,
    /// `Auto-Submitted`, and what some programs have in its place.
    Submitted,
    /// `Precedence: bulk` and the like.
    Bulk,
    /// `X-Auto-Response-Suppress`: Exchange says so of what programs wrote.
    Suppressed,
    /// It came through a list.
    List,
    /// Of the state of a delivery.
    Report,
    /// A mail of this server that came back.
    Own,
}

/// None where a person wrote it. `null_path`: its sender is `<>` in the envelope; `host` is behind the `@` of our own message ids.
pub fn automatic(head: &Head, null_path: bool, host: &str) -> Option<Automatic> {
    let is_set = |name: &str, not: &[&str]| {
        let value = head.field(name).map(str::to_ascii_lowercase);
        value.is_some_and(|value| {
            let word = value.split(';').next().unwrap_or_default().trim();
            !word.is_empty() && !not.contains(&word)
        })
    };
    let path = head.field("return-path").map(str::trim);
    let precedence = head.field("precedence").unwrap_or_default();
    let precedence = precedence.trim().to_ascii_lowercase();
    let own = head.message_id().is_some_and(|id| {
        let id = id.to_ascii_lowercase();
        let ours = |rest: &str| rest.starts_with("notice.") || rest.starts_with("digest.");
        id.rsplit_once('@')
            .is_some_and(|(left, right)| right == host && ours(left))
    });
    let sender = head.from().first().map_or("", |it| it.as_str());
    let daemon = sender.starts_with("mailer-daemon@") || sender.starts_with("postmaster@");
    if null_path || path == Some("<>") || daemon {
        Some(Automatic::NullPath)
    } else if own {
        Some(Automatic::Own)
    } else if is_set("auto-submitted", &["no"])
        || is_set("x-autoreply", &["no"])
        || is_set("x-autorespond", &["no"])
        || is_set("x-auto-reply", &["no"])
    {
        Some(Automatic::Submitted)
    } else if ["bulk", "junk", "list", "auto_reply"].contains(&precedence.as_str()) {
        Some(Automatic::Bulk)
    } else if is_set("x-auto-response-suppress", &["none"]) {
        Some(Automatic::Suppressed)
    } else if head.has_field_like("list-") {
        Some(Automatic::List)
    } else if head.is_report() {
        Some(Automatic::Report)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_is_known_by_its_head() {
        use Automatic as A;
        let table = [
            ("", None),
            ("Auto-Submitted: no\r\n", None),
            ("Precedence: first-class\r\n", None),
            ("Return-Path: <mo@example.org>\r\n", None),
            ("Auto-Submitted: auto-replied\r\n", Some(A::Submitted)),
            (
                "Auto-Submitted: auto-generated; owner=x\r\n",
                Some(A::Submitted),
            ),
            ("X-Autoreply: yes\r\n", Some(A::Submitted)),
            ("Precedence: Bulk\r\n", Some(A::Bulk)),
            ("Precedence: auto_reply\r\n", Some(A::Bulk)),
            (
                "X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n",
                Some(A::Suppressed),
            ),
            ("List-Id: <team.example.org>\r\n", Some(A::List)),
            ("List-Unsubscribe: <https://example.org>\r\n", Some(A::List)),
            ("Return-Path: <>\r\n", Some(A::NullPath)),
            (
                "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n",
                Some(A::Report),
            ),
            (
                "Message-ID: <notice.018f@aside.example.org>\r\n",
                Some(A::Own),
            ),
            ("Message-ID: <notice.018f@example.org>\r\n", None),
        ];
        for (line, wanted) in table {
            let raw = format!("From: Mo <mo@example.org>\r\n{line}Subject: x\r\n\r\nyes\r\n");
            let head = Head::read(raw.as_bytes()).unwrap();
            assert_eq!(
                automatic(&head, false, "aside.example.org"),
                wanted,
                "{line}"
            );
        }
        let head = Head::read(b"From: mo@example.org\r\n\r\nyes\r\n").unwrap();
        assert_eq!(automatic(&head, true, "x"), Some(A::NullPath));
        let head = Head::read(b"From: MAILER-DAEMON@example.org\r\n\r\nyes\r\n").unwrap();
        assert_eq!(automatic(&head, false, "x"), Some(A::NullPath));
    }
}

//! What the own mail server found out about the sender (RFC 8601).
//!
//! Anybody can write such a field. It counts only where the settings name the server that writes it, and only the topmost one of that
//! name: servers put theirs on top, and a server that is set up well removes those in its own name that came from outside (§5).

use super::mime::Head;

/// Whether `server` says that the domain of `From` stands behind the mail (DMARC, RFC 7489).
pub fn is_proved(head: &Head, server: &str) -> bool {
    let mut named = head.fields("authentication-results").filter_map(|value| {
        let value = plain(value);
        let (id, results) = value.split_once(';')?;
        // A version may stand behind the name.
        let id = id.split_whitespace().next()?;
        id.eq_ignore_ascii_case(server).then(|| results.to_owned())
    });
    named.next().is_some_and(|results| {
        results.split(';').any(|result| {
            let first = result.split_whitespace().next().unwrap_or_default();
            first.eq_ignore_ascii_case("dmarc=pass")
        })
    })
}

/// Without comments and quoted strings (RFC 5322 §3.2.2, §3.2.4), in which a sender may have a say; what is not closed goes on to the end.
fn plain(text: &str) -> String {
    let mut kept = String::new();
    let (mut depth, mut quoted) = (0_u32, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            c if depth == 0 && !quoted => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_topmost_word_of_the_own_server_counts() {
        let table = [
            ("", false),
            ("mx.example.org; dmarc=pass header.from=example.org", true),
            ("MX.example.org 1; spf=pass;\r\n dmarc=pass (p=none)", true),
            ("mx.example.org; dmarc=fail; spf=pass", false),
            ("mx.example.org; none", false),
            ("mx.example.com; dmarc=pass", false),
            ("mx.example.org; spf=pass (; dmarc=pass)", false),
            ("mx.example.org; spf=pass reason=\"; dmarc=pass\"", false),
            (
                "mx.example.org; spf=pass smtp.mailfrom=\"(\"@x; dmarc=pass",
                true,
            ),
            ("mx.example.org; spf=pass (\\); dmarc=pass", false),
        ];
        for (value, wanted) in table {
            let line = match value {
                "" => String::new(),
                value => format!("Authentication-Results: {value}\r\n"),
            };
            let raw = format!("{line}From: mo@example.org\r\n\r\nyes\r\n");
            let head = Head::read(raw.as_bytes()).unwrap();
            assert_eq!(is_proved(&head, "mx.example.org"), wanted, "{value}");
        }
        let forged = b"Authentication-Results: mx.example.org; dmarc=fail\r\n\
            Authentication-Results: mx.example.org; dmarc=pass\r\nFrom: mo@example.org\r\n\r\nyes\r\n";
        assert!(!is_proved(&Head::read(forged).unwrap(), "mx.example.org"));
    }
}

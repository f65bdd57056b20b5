//! Words of people as they stand in an issue: they mention nobody, refer to no other issue and hide no link. Pure.

/// Behind a mark, so that the tracker makes nothing of what follows. It takes no place.
const JOINER: char = '\u{2060}';

/// For one line of Markdown.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut begins = true;
    while let Some(letter) = letters.next() {
        let letter = if letter.is_control() { ' ' } else { letter };
        let starts_list = begins && matches!(letter, '-' | '+' | '=');
        if starts_list
            || matches!(
                letter,
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$'
            )
        {
            out.push('\\');
        }
        out.push(letter);
        // A number before a point begins a list.
        if begins && letter.is_ascii_digit() && matches!(letters.peek(), Some('.' | ')')) {
            out.push('\\');
        }
        let refers = matches!(letter, '@' | '#' | '!' | '%' | '&' | '$' | '~');
        if refers
            && letters
                .peek()
                .is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '"'))
        {
            out.push(JOINER);
        }
        begins = begins && (letter.is_whitespace() || letter.is_ascii_digit());
    }
    out
}

/// For one line of Jira's "Text Formatting Notation".
pub fn wiki(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        if matches!(
            letter,
            '\\' | '{'
                | '}'
                | '['
                | ']'
                | '!'
                | '*'
                | '_'
                | '-'
                | '+'
                | '^'
                | '~'
                | '?'
                | '|'
                | '#'
        ) {
            out.push('\\');
        }
        out.push(letter);
        if letter == '@' {
            out.push(JOINER);
        }
    }
    out
}

/// A title: one line of plain text.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        out.push(if letter.is_control() { ' ' } else { letter });
        if letter == '@' && letters.peek().is_some_and(|it| it.is_alphanumeric()) {
            out.push(JOINER);
        }
    }
    out
}

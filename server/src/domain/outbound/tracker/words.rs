//! Words of people as they stand in an issue: they mention nobody, name no other issue by its number (`#12`, `!12`, `GH-12`,
//! `ABC-12`) and hide no link. An address that is written out, and the hash of a commit, stay as they are: a tracker may link them.
//! Pure.

/// Behind a mark, so that the tracker makes nothing of what follows. It takes no place.
const JOINER: char = '\u{2060}';

/// Whether what was read so far is a key as before the number of an issue (`ABC-12`), and not a part of an address
/// (`https://example.org/report-12`).
#[derive(Debug, Default)]
struct Key {
    /// Of the letters and digits that are read.
    first: Option<char>,
    before: Option<char>,
    in_address: bool,
}

impl Key {
    /// Reads on; says whether the number of an issue begins behind `letter`.
    fn ends(&mut self, letter: char, next: Option<char>) -> bool {
        let key = !self.in_address && self.first.is_some_and(|it| it.is_ascii_alphabetic());
        let slashes = letter == '/' && self.before == Some('/');
        self.in_address = (self.in_address || slashes) && !letter.is_whitespace();
        self.before = Some(letter);
        self.first = match letter.is_ascii_alphanumeric() || letter == '_' {
            true => self.first.or(Some(letter)),
            false => None,
        };
        key && letter == '-' && next.is_some_and(|it| it.is_ascii_digit())
    }
}

/// For one line of Markdown.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut begins = true;
    let mut key = Key::default();
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
        let named = refers
            && letters
                .peek()
                .is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '"'));
        if key.ends(letter, letters.peek().copied()) || named {
            out.push(JOINER);
        }
        begins = begins && (letter.is_whitespace() || letter.is_ascii_digit());
    }
    out
}

/// For one line of Jira's "Text Formatting Notation".
pub fn wiki(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut key = Key::default();
    while let Some(letter) = letters.next() {
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
        if key.ends(letter, letters.peek().copied()) || letter == '@' {
            out.push(JOINER);
        }
    }
    out
}

/// A title: one line of plain text.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut key = Key::default();
    while let Some(letter) = letters.next() {
        out.push(if letter.is_control() { ' ' } else { letter });
        let named = matches!(letter, '@' | '#' | '!')
            && letters.peek().is_some_and(|it| it.is_alphanumeric());
        if key.ends(letter, letters.peek().copied()) || named {
            out.push(JOINER);
        }
    }
    out
}

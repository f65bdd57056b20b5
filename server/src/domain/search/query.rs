//! What somebody types, to what is looked for. Whatever it is, it is a query; operators and signs are words or nothing.
//!
//! Every word must be there; `"words in quotes"` must be there in this order. The last word may go on, as long as no blank
//! follows it, and any that ends with `*`. `from:`, `tag:` and `in:` filter.

use super::Kind;
use super::fold::encode;
use super::token::{Piece, Word, pairs, whole, words};

/// Characters of a query that count; the rest is passed over.
pub const MAX_QUERY: usize = 400;
/// Words of a query that count, and tokens of one of them.
pub const MAX_TERMS: usize = 16;

/// Tokens in a row; one alone may also stand beside a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub tokens: Vec<String>,
    /// Whether the last one may go on.
    pub prefix: bool,
}

/// One of these must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term(pub Vec<Phrase>);

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// All of them.
    pub terms: Vec<Term>,
    /// The beginning of names: of who wrote a comment, or whose the recording is.
    pub from: Option<String>,
    /// In small letters, as stored.
    pub tag: Option<String>,
    pub kind: Option<Kind>,
}

impl Query {
    pub fn parse(typed: &str) -> Self {
        let mut query = Self::default();
        let end = typed
            .char_indices()
            .nth(MAX_QUERY)
            .map_or(typed.len(), |(at, _)| at);
        let mut rest = typed.get(..end).unwrap_or_default();
        while let Some(item) = next(&mut rest) {
            match item {
                Item::Filter("from", value) if !value.is_empty() => {
                    query.from = Some(value.to_owned());
                }
                Item::Filter("tag", value) if !value.is_empty() => {
                    query.tag = Some(aside_protocol::text::line(value).to_lowercase());
                }
                Item::Filter("in", value) => query.kind = kind(value),
                Item::Filter(..) => {}
                Item::Bare { text, goes_on } => query.bare(text, goes_on),
                Item::Quoted { text, goes_on } => query.quoted(text, goes_on),
            }
        }
        query
    }

    fn add(&mut self, phrases: Vec<Phrase>) {
        if self.terms.len() < MAX_TERMS && !phrases.is_empty() {
            self.terms.push(Term(phrases));
        }
    }

    fn bare(&mut self, text: &str, goes_on: bool) {
        let words = words(text);
        let last = words.len().saturating_sub(1);
        for (n, word) in words.iter().enumerate() {
            let goes_on = goes_on && n == last;
            self.add(match word {
                Word::Run(units) => vec![run(units)],
                Word::Pieces { pieces, sign, .. } => forms(pieces, sign, goes_on),
            });
        }
    }

    fn quoted(&mut self, text: &str, goes_on: bool) {
        let words = words(text);
        let mut forms = [Vec::new(), Vec::new(), Vec::new()];
        let last = words.len().saturating_sub(1);
        let mut prefix = false;
        for (n, word) in words.iter().enumerate() {
            match word {
                Word::Run(units) => {
                    let Phrase {
                        mut tokens,
                        prefix: alone,
                    } = run(units);
                    if n < last {
                        // The next word follows its last character.
                        tokens = pairs(units).map(|(text, _)| text).collect();
                    }
                    prefix = alone && n == last;
                    for form in &mut forms {
                        form.extend_from_slice(&tokens);
                    }
                }
                Word::Pieces { pieces, .. } => {
                    prefix = goes_on && n == last && may_go_on(pieces);
                    for piece in pieces {
                        let other = piece.other.as_deref().unwrap_or(&piece.text);
                        forms[0].push(encode(&piece.text));
                        forms[1].push(encode(other));
                        forms[2].push(encode(&respelled(&piece.text)));
                    }
                }
            }
        }
        let mut phrases: Vec<Phrase> = Vec::new();
        for mut tokens in forms {
            let whole = tokens.len() <= MAX_TERMS;
            tokens.truncate(MAX_TERMS);
            let phrase = Phrase {
                tokens,
                prefix: prefix && whole,
            };
            if !phrase.tokens.is_empty() && !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
        self.add(phrases);
    }
}

/// `ueber` as `über` is folded: in a row, other spellings are not to be found.
fn respelled(text: &str) -> String {
    let text = text.replace("ae", "a").replace("oe", "o");
    text.replace("ue", "u")
}

/// A text without blanks: the pairs; a single character may begin one.
fn run(units: &[Piece]) -> Phrase {
    let mut tokens: Vec<String> = pairs(units).map(|(text, _)| text).collect();
    let alone = tokens.len() == 1;
    if !alone {
        // The last character alone stands at the end of a text only.
        tokens.pop();
    }
    tokens.truncate(MAX_TERMS);
    Phrase {
        tokens,
        prefix: alone,
    }
}

/// A single letter begins a good part of all words: looking for them all takes long, and says nothing.
fn may_go_on(pieces: &[Piece]) -> bool {
    pieces.last().is_some_and(|it| it.text.chars().count() > 1)
}

/// The ways in which a word may be written.
fn forms(pieces: &[Piece], sign: &str, goes_on: bool) -> Vec<Phrase> {
    let phrase = |tokens: Vec<String>, prefix| Phrase { tokens, prefix };
    let whole = whole(pieces, sign).map(|text| vec![text]);
    if let (Some(whole), false) = (&whole, sign.is_empty()) {
        return vec![phrase(whole.clone(), false)];
    }
    let prefix = goes_on && may_go_on(pieces);
    let row = pieces.iter().map(|it| encode(&it.text)).take(MAX_TERMS);
    let mut forms = vec![phrase(row.collect(), prefix)];
    if pieces.iter().any(|it| it.other.is_some()) {
        let other = |it: &Piece| encode(it.other.as_deref().unwrap_or(&it.text));
        forms.push(phrase(
            pieces.iter().map(other).take(MAX_TERMS).collect(),
            prefix,
        ));
    }
    forms.extend(whole.map(|whole| phrase(whole, prefix)));
    forms
}

fn kind(value: &str) -> Option<Kind> {
    match &*value.to_lowercase() {
        "title" | "titles" => Some(Kind::Title),
        "chapter" | "chapters" => Some(Kind::Chapter),
        "tag" | "tags" => Some(Kind::Tag),
        "name" | "names" => Some(Kind::Name),
        "comment" | "comments" => Some(Kind::Comment),
        "speech" | "transcript" => Some(Kind::Speech),
        "screen" => Some(Kind::Screen),
        _ => None,
    }
}

enum Item<'t> {
    Filter(&'static str, &'t str),
    Bare { text: &'t str, goes_on: bool },
    Quoted { text: &'t str, goes_on: bool },
}

const QUOTES: [char; 7] = ['"', '“', '”', '„', '«', '»', '「'];
const FILTERS: [&str; 3] = ["from", "tag", "in"];

/// Takes the next item off the beginning.
fn next<'t>(rest: &mut &'t str) -> Option<Item<'t>> {
    *rest = rest.trim_start();
    if rest.is_empty() {
        return None;
    }
    for name in FILTERS {
        let head = rest.get(..name.len()).unwrap_or_default();
        if head.eq_ignore_ascii_case(name)
            && let Some(value) = rest.get(name.len()..).and_then(|it| it.strip_prefix(':'))
        {
            *rest = value;
            let value = if value.starts_with(QUOTES) {
                quoted(rest).0
            } else {
                bare(rest, |_| false)
            };
            return Some(Item::Filter(name, value.trim()));
        }
    }
    if rest.starts_with(QUOTES) {
        let (text, closed) = quoted(rest);
        let star = rest.strip_prefix('*');
        *rest = star.unwrap_or(rest);
        return Some(Item::Quoted {
            text,
            goes_on: !closed || star.is_some(),
        });
    }
    let text = bare(rest, |c| QUOTES.contains(&c));
    Some(Item::Bare {
        text,
        goes_on: rest.is_empty() || text.ends_with('*'),
    })
}

/// Takes what stands in quotes, and whether they are closed.
fn quoted<'t>(rest: &mut &'t str) -> (&'t str, bool) {
    let mut inside = rest.chars();
    inside.next();
    let inside = inside.as_str();
    let end = inside.find(|c| QUOTES.contains(&c) || c == '」');
    let (text, behind) = inside.split_at(end.unwrap_or(inside.len()));
    let mut behind = behind.chars();
    behind.next();
    *rest = behind.as_str();
    (text, end.is_some())
}

/// Takes what stands before a blank, or before what also ends it.
fn bare<'t>(rest: &mut &'t str, ends: impl Fn(char) -> bool) -> &'t str {
    let end = rest.find(|c: char| c.is_whitespace() || ends(c));
    let (text, behind) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = behind;
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Terms as text: forms with `|`, rows with `_`, `*` where the last may go on.
    fn terms(typed: &str) -> String {
        let shown = |it: &Phrase| it.tokens.join("_") + if it.prefix { "*" } else { "" };
        let shown = |it: &Term| it.0.iter().map(shown).collect::<Vec<_>>().join("|");
        let query = Query::parse(typed);
        query.terms.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_query_asks_for_what_the_table_says() {
        for (typed, asked) in [
            ("", ""),
            ("  \t\n", ""),
            ("Two Words ", "two words"),
            ("two wor", "two wor*"),
            ("wo* two ", "wo* two"),
            ("a", "a"),
            ("\"in this order\"", "in_this_order"),
            ("\"in this ord", "in_this_ord*"),
            ("\"in this o", "in_this_o"),
            ("std::f", "std_f|stdf"),
            ("„Das Buch“ x ", "das_buch x"),
            ("über ", "u"),
            ("std::fmt ", "std_fmt|stdfmt"),
            ("POL-35", "pol_35*|pol35*"),
            ("C++ ", ""),
            ("AND OR NOT NEAR( ", "and or not near"),
            ("foo:bar ", "foo_bar|foobar"),
            ("\"\" '' -- * : ()", ""),
            ("-x", "x"),
            ("\"ueber alles\"", "ueber_alles|uber_alles"),
        ] {
            let got = terms(typed);
            match typed {
                "über " => assert_eq!(got, "uber|ueber"),
                "C++ " => assert_eq!(got, encode("c++")),
                _ => assert_eq!(got, asked, "{typed}"),
            }
        }
        assert_eq!(terms("東京"), encode("東京"));
        assert_eq!(terms("京"), format!("{}*", encode("京")));
        assert_eq!(
            terms("\"東京 is\""),
            format!("{}_{}_is", encode("東京"), encode("京"))
        );
    }

    #[test]
    fn filters_are_told_from_words() {
        let query = Query::parse("from:\"Mara Li\" TAG:Bug in:comments crash ");
        assert_eq!(query.from.as_deref(), Some("Mara Li"));
        assert_eq!(query.tag.as_deref(), Some("bug"));
        assert_eq!(query.kind, Some(Kind::Comment));
        assert_eq!(query.terms.len(), 1);
        let query = Query::parse("from: in:nowhere tag:");
        assert_eq!(query, Query::default());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_query_of_bounded_size(typed in any::<String>()) {
            let query = Query::parse(&typed);
            prop_assert!(query.terms.len() <= MAX_TERMS);
            for phrase in query.terms.iter().flat_map(|it| &it.0) {
                prop_assert!((1..=MAX_TERMS).contains(&phrase.tokens.len()));
                prop_assert!(phrase.tokens.iter().all(|it| !it.is_empty()));
            }
        }
    }
}

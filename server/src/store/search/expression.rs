//! Tokens in the languages of the two databases. A token is small letters and digits, so nothing has to be escaped.

use crate::domain::search::{Kind, Phrase, Place, Query, Token};

/// Stands beside the places of every line that names something (titles, chapters, tags, people), so that these are found among many
/// comments. No text has it: what is not ASCII is written otherwise.
const NAMES: &str = "ωname";

/// The tokens of a line, with what says that it names something.
pub(super) fn marked(mut tokens: Vec<Token>, kind: Kind) -> Vec<Token> {
    if kind.names_something() {
        tokens.push(Token {
            text: NAMES.to_owned(),
            place: Place::Beside,
            range: 0..0,
            head: 0,
        });
    }
    tokens
}

/// A query of FTS5 for lines that name something alone.
pub(super) fn fts5_of_names(query: &Query) -> String {
    format!("{} AND \"{NAMES}\"", fts5(query))
}

/// The same for PostgreSQL.
pub(super) fn tsquery_of_names(query: &Query) -> String {
    format!("{}&{NAMES}", tsquery(query))
}

/// For FTS5: rows of words in quotes, `*` behind the beginning of one.
pub(super) fn fts5(query: &Query) -> String {
    let phrase = |it: &Phrase| {
        let star = if it.prefix { "*" } else { "" };
        format!("\"{}\"{star}", it.tokens.join(" "))
    };
    joined(query, phrase, " OR ", " AND ")
}

/// For PostgreSQL's `tsquery`.
pub(super) fn tsquery(query: &Query) -> String {
    let phrase = |it: &Phrase| {
        let star = if it.prefix { ":*" } else { "" };
        format!("{}{star}", it.tokens.join("<->"))
    };
    joined(query, phrase, "|", "&")
}

fn joined(query: &Query, phrase: impl Fn(&Phrase) -> String, or: &str, and: &str) -> String {
    let term = |any: &[Phrase]| {
        let any: Vec<String> = any.iter().map(&phrase).collect();
        format!("({})", any.join(or))
    };
    let terms: Vec<String> = query.terms.iter().map(|it| term(&it.0)).collect();
    terms.join(and)
}

/// The two columns of FTS5.
pub(super) fn columns(tokens: &[Token]) -> [String; 2] {
    let of = |beside: bool| {
        let these = tokens
            .iter()
            .filter(|it| (it.place == Place::Beside) == beside);
        let texts: Vec<&str> = these.map(|it| &*it.text).collect();
        texts.join(" ")
    };
    [of(false), of(true)]
}

/// PostgreSQL counts no further; what stands behind is found, but not in a row.
const LAST_POSITION: usize = 16_383;
/// Between other forms, so that no two of them are in a row.
const APART: usize = 2;

/// A `tsvector` with positions. Other forms stand behind the last place.
pub(super) fn tsvector(tokens: &[Token]) -> String {
    let row = tokens.iter().filter(|it| it.place != Place::Beside).count();
    let mut out = String::new();
    let (mut at, mut beside) = (0, row + APART);
    for token in tokens {
        let position = if token.place == Place::Beside {
            beside += APART;
            beside
        } else {
            at += 1;
            at
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&token.text);
        out.push(':');
        out.push_str(&position.min(LAST_POSITION).to_string());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search::tokens;

    #[test]
    fn a_query_is_said_in_both_languages() {
        let query = Query::parse("std::fmt wor");
        assert_eq!(fts5(&query), "(\"std fmt\" OR \"stdfmt\") AND (\"wor\"*)");
        assert_eq!(tsquery(&query), "(std<->fmt|stdfmt)&(wor:*)");
    }

    #[test]
    fn what_names_something_is_asked_for_by_a_token_that_no_text_has() {
        let query = Query::parse("word ");
        assert_eq!(fts5_of_names(&query), "(\"word\") AND \"ωname\"");
        assert_eq!(tsquery_of_names(&query), "(word)&ωname");
        let title = marked(tokens("word"), Kind::Title);
        assert_eq!(columns(&title), ["word", "ωname"]);
        assert_eq!(tsvector(&title), "word:1 ωname:5");
        assert_eq!(marked(tokens("word"), Kind::Comment), tokens("word"));
        assert!(tokens("ωname").iter().all(|it| it.text.is_ascii()));
    }

    #[test]
    fn other_forms_stand_apart_and_are_in_no_row() {
        let tokens = tokens("POL-358 Über");
        assert_eq!(columns(&tokens), ["pol 358 uber", "pol358 ueber"]);
        assert_eq!(tsvector(&tokens), "pol:1 358:2 pol358:7 uber:3 ueber:9");
    }
}

//! Whether a line fits a query, where, and what of a long line is shown.

use std::ops::Range;

use super::query::{Phrase, Query, Term};
use super::token::{Place, Token, tokens};

/// Characters of a line that are shown.
const SHOWN: usize = 220;
/// Characters shown before the first mark of a line that is longer.
const BEFORE: usize = 60;
/// Places of one term that are looked at.
const MAX_PLACES: usize = 64;

/// Where a line fits a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fit {
    /// Bytes of the line, in order, apart.
    pub marks: Vec<Range<usize>>,
    /// Of the terms, how many stand there whole and not only as the beginning of a word.
    pub exact: usize,
    pub terms: usize,
    /// Places from the first to the last of the terms, where they stand closest.
    pub span: usize,
    /// Places that the terms themselves take up there.
    pub taken: usize,
    /// Whether they stand there in the order of the query.
    pub in_order: bool,
    /// Places of the line.
    pub places: usize,
}

/// Where one term stands.
#[derive(Debug, Clone)]
struct Spot {
    first: usize,
    end: usize,
    exact: bool,
    range: Range<usize>,
}

impl Query {
    /// Where `line` fits; none where one of the terms is missing, or there is none.
    pub fn marks(&self, line: &str) -> Option<Fit> {
        if self.terms.is_empty() {
            return None;
        }
        let cut = Cut::of(line);
        let spots: Vec<Vec<Spot>> = self.terms.iter().map(|term| cut.spots(term)).collect();
        if spots.iter().any(Vec::is_empty) {
            return None;
        }
        let exact = spots.iter().filter(|it| it.iter().any(|it| it.exact));
        let mut fit = Fit {
            exact: exact.count(),
            terms: spots.len(),
            places: cut.row.len(),
            ..closest(&spots)
        };
        let ranges = spots.into_iter().flatten().map(|spot| spot.range);
        fit.marks = merged(ranges.collect());
        Some(fit)
    }

    /// Whether a name begins as `from:` says; each of its words begins one of the name.
    pub fn is_from(&self, name: &str) -> bool {
        let Some(from) = &self.from else {
            return true;
        };
        let wanted = tokens(from);
        let mut wanted = wanted.iter().filter(|it| it.place != Place::Beside);
        let name = tokens(name);
        wanted.all(|it| name.iter().any(|of| of.text.starts_with(&it.text)))
    }
}

/// The tokens of a line.
struct Cut {
    row: Vec<Token>,
    /// Each with the place that it is another form of.
    beside: Vec<(usize, Token)>,
}

impl Cut {
    fn of(line: &str) -> Self {
        let (mut row, mut beside) = (Vec::new(), Vec::new());
        for token in tokens(line) {
            match token.place {
                Place::At(_) => row.push(token),
                Place::Beside => beside.push((row.len().saturating_sub(1), token)),
            }
        }
        Self { row, beside }
    }

    fn spots(&self, term: &Term) -> Vec<Spot> {
        let mut spots = Vec::new();
        for phrase in &term.0 {
            self.find(phrase, &mut spots);
        }
        spots.truncate(MAX_PLACES);
        spots
    }

    fn find(&self, phrase: &Phrase, spots: &mut Vec<Spot>) {
        let Some((last, before)) = phrase.tokens.split_last() else {
            return;
        };
        let fits = |token: &Token| {
            token.text == *last || (phrase.prefix && token.text.starts_with(last.as_str()))
        };
        let length = phrase.tokens.len();
        for (first, row) in self.row.windows(length).enumerate() {
            let Some((end, start)) = row.split_last() else {
                continue;
            };
            if fits(end)
                && start
                    .iter()
                    .zip(before)
                    .all(|(is, asked)| is.text == *asked)
            {
                let from = start.first().unwrap_or(end).range.start;
                let exact = end.text == *last;
                // Of a pair that begins with the character that is looked for.
                let to = if exact { end.range.end } else { end.head };
                spots.push(Spot {
                    first,
                    end: first + length,
                    exact,
                    range: from..to,
                });
            }
        }
        if length == 1 {
            let beside = self.beside.iter().filter(|(_, token)| fits(token));
            spots.extend(beside.map(|(place, token)| Spot {
                first: *place,
                end: place + 1,
                exact: token.text == *last,
                range: token.range.clone(),
            }));
        }
    }
}

/// Where the terms stand closest to each other.
fn closest(spots: &[Vec<Spot>]) -> Fit {
    let mut best: Option<Fit> = None;
    let (first, others) = match spots.split_first() {
        Some(it) => it,
        None => return Fit::default(),
    };
    for from in first {
        let (mut low, mut high) = (from.first, from.end);
        let (mut taken, mut in_order, mut end) = (from.end - from.first, true, from.end);
        for other in others {
            // Behind the term before it, if it stands there.
            let near = other
                .iter()
                .min_by_key(|it| (it.first.abs_diff(end), it.first < end));
            let Some(near) = near else { continue };
            low = low.min(near.first);
            high = high.max(near.end);
            taken += near.end - near.first;
            in_order &= near.first >= end;
            end = near.end;
        }
        let fit = Fit {
            span: high - low,
            taken,
            in_order,
            ..Fit::default()
        };
        let key = |it: &Fit| (it.span.saturating_sub(it.taken), !it.in_order);
        if best.as_ref().is_none_or(|best| key(&fit) < key(best)) {
            best = Some(fit);
        }
    }
    best.unwrap_or_default()
}

/// In order, apart and as few as possible.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|it| (it.start, it.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// What of a line is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// Bytes of it.
    pub marks: Vec<Range<usize>>,
}

/// A line as it is shown: all of it, or what stands around its first mark.
pub fn excerpt(line: &str, marks: &[Range<usize>]) -> Excerpt {
    if line.chars().count() <= SHOWN {
        return Excerpt {
            text: line.to_owned(),
            marks: marks.to_vec(),
        };
    }
    let first = marks.first().map_or(0, |it| it.start);
    let mut start = line
        .get(..first)
        .and_then(|before| before.char_indices().rev().nth(BEFORE - 1))
        .map_or(0, |(at, _)| at);
    if start > 0
        && let Some(blank) = line.get(start..first).and_then(|it| it.find(' '))
    {
        start += blank + 1;
    }
    let shown = line.get(start..).unwrap_or_default();
    let mut end = shown
        .char_indices()
        .nth(SHOWN)
        .map_or(line.len(), |(at, _)| start + at);
    let mark_end = marks.first().map_or(start, |it| it.end);
    if end < line.len()
        && let Some(blank) = line.get(start..end).and_then(|it| it.rfind(' '))
        && start + blank >= mark_end
    {
        end = start + blank;
    }
    let mut text = String::new();
    if start > 0 {
        text.push('…');
    }
    let moved = text.len();
    text.push_str(line.get(start..end).unwrap_or_default());
    if end < line.len() {
        text.push('…');
    }
    let inside = marks
        .iter()
        .filter(|it| it.start >= start && it.start < end);
    let marks = inside.map(|it| it.start - start + moved..it.end.min(end) - start + moved);
    Excerpt {
        marks: marks.collect(),
        text,
    }
}

/// Ranges of bytes as ranges of UTF-16 code units, as strings of JavaScript count. The ranges are in order and apart.
pub fn utf16(text: &str, ranges: &[Range<usize>]) -> Vec<[usize; 2]> {
    let mut out = Vec::with_capacity(ranges.len());
    let (mut byte, mut unit) = (0, 0);
    let mut to = |end: usize| {
        let passed = text.get(byte..end).unwrap_or_default();
        unit += passed.encode_utf16().count();
        byte = end;
        unit
    };
    for range in ranges {
        let start = to(range.start);
        out.push([start, to(range.end)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(typed: &str, line: &str) -> Option<String> {
        let fit = Query::parse(typed).marks(line)?;
        let mut out = line.to_owned();
        for mark in fit.marks.iter().rev() {
            out.insert(mark.end, ']');
            out.insert(mark.start, '[');
        }
        Some(out)
    }

    #[test]
    fn lines_are_marked_as_the_table_says() {
        for (typed, line, wanted) in [
            (
                "fox ",
                "The quick fox, the foxes",
                Some("The quick [fox], the foxes"),
            ),
            (
                "fox",
                "The quick fox, the foxes",
                Some("The quick [fox], the [foxes]"),
            ),
            ("quick fox ", "fox and quick", Some("[fox] and [quick]")),
            ("\"quick fox\"", "fox and quick", None),
            ("\"quick fox\"", "a Quick  Fox!", Some("a [Quick  Fox]!")),
            ("uber ", "Über alles", Some("[Über] alles")),
            ("ueber ", "Über alles", Some("[Über] alles")),
            ("über ", "ueber uber", Some("[ueber] [uber]")),
            ("strasse ", "die Straße", Some("die [Straße]")),
            ("straße ", "STRASSE", Some("[STRASSE]")),
            ("京都 ", "東京都庁", Some("東[京都]庁")),
            ("京 ", "東京都庁", Some("東[京]都庁")),
            ("东京", "東京", None),
            (
                "std::fmt ",
                "use std::fmt::Write",
                Some("use [std::fmt]::Write"),
            ),
            ("fmt ", "use std::fmt::Write", Some("use std::[fmt]::Write")),
            ("pol358 ", "see POL-358.", Some("see [POL-358].")),
            ("38.101 ", "TS 38.101-1", Some("TS [38.101]-1")),
            ("e-mail ", "email", Some("[email]")),
            ("email ", "e-mail", Some("[e-mail]")),
            ("hub ", "GitHub", Some("Git[Hub]")),
            ("c++ ", "C and C++", Some("C and [C++]")),
            ("missing ", "nothing here", None),
            ("", "anything", None),
        ] {
            assert_eq!(
                marked(typed, line).as_deref(),
                wanted,
                "{typed:?} in {line:?}"
            );
        }
    }

    #[test]
    fn a_long_line_is_cut_around_its_first_mark() {
        let line = format!("{} needle {}", "word ".repeat(100), "more ".repeat(100));
        let fit = Query::parse("needle ").marks(&line).unwrap();
        let shown = excerpt(&line, &fit.marks);
        assert!(shown.text.chars().count() <= SHOWN + 2, "{shown:?}");
        assert_eq!(&shown.text[shown.marks[0].clone()], "needle");
        assert!(shown.text.starts_with('…') && shown.text.ends_with('…'));
    }

    #[test]
    fn ranges_are_told_in_the_unit_of_javascript() {
        assert_eq!(utf16("😀 über", std::slice::from_ref(&(5..10))), [[3, 7]]);
        assert_eq!(utf16("ab", &[0..1, 1..2]), [[0, 1], [1, 2]]);
    }

    proptest! {
        #[test]
        fn what_is_typed_from_a_line_finds_it_and_marks_lie_within(
            words in prop::collection::vec("[a-zA-Zäß東京都0-9]{1,12}", 1..60), pick in any::<prop::sample::Index>(),
        ) {
            let line = words.join(" ");
            let word = pick.get(&words);
            let fit = Query::parse(&format!("{word} ")).marks(&line);
            prop_assert!(fit.is_some(), "{word} in {line}");
            let marks = fit.unwrap_or_default().marks;
            let shown = excerpt(&line, &marks);
            prop_assert!(!shown.marks.is_empty());
            for mark in &shown.marks {
                prop_assert!(shown.text.get(mark.clone()).is_some_and(|it| !it.is_empty()));
            }
            let phrase = format!("\"{}\"", words.iter().take(5).cloned().collect::<Vec<_>>().join(" "));
            prop_assert!(Query::parse(&phrase).marks(&line).is_some(), "{phrase} in {line}");
        }

        #[test]
        fn any_line_and_any_query_go_together(line in any::<String>(), typed in any::<String>()) {
            if let Some(fit) = Query::parse(&typed).marks(&line) {
                let shown = excerpt(&line, &fit.marks);
                let units = utf16(&shown.text, &shown.marks);
                prop_assert_eq!(units.len(), shown.marks.len());
            }
        }
    }
}

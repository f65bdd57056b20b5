//! Text that stands in the picture of a recording: at which moments it is looked for, and what of the words that were read is kept. Pure.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use aside_protocol::text;
use serde::{Deserialize, Serialize};

use super::names::names;

/// Moments of one recording that are read.
const MAX_MOMENTS: usize = 120;
/// In between a recording is read about so often, but not again within so many milliseconds.
const REREADS: u64 = 60;
const MIN_REREAD_MS: u64 = 15_000;
/// Of one moment, and of one recording.
const MAX_LINES_PER_MOMENT: usize = 150;
pub const MAX_LINES: usize = 3_000;
/// Letters of a line; a longer one is cut.
const MAX_LINE_CHARS: usize = 300;
/// Words that were read with less confidence, in percent, are left out.
const MIN_CONFIDENCE: f64 = 60.0;

/// How far the picture of a recording is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreenState {
    Reading,
    Done,
    /// Its owner wants none.
    Off,
}

names!(ScreenState, "state of the text on the screen", {
    Reading: "reading",
    Done: "done",
    Off: "off",
});

/// A line that stood in the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ScreenLine {
    /// When it was first read, in milliseconds from the first picture.
    pub at_ms: u64,
    pub text: String,
}

/// What was read of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenText {
    pub state: ScreenState,
    /// Moments before are read.
    pub until_ms: u64,
    /// By moment.
    pub lines: Vec<ScreenLine>,
}

impl ScreenText {
    /// Nothing was read yet.
    pub const fn begun() -> Self {
        Self::empty(ScreenState::Reading)
    }

    /// Nothing is read, and nothing is to be read.
    pub const fn off() -> Self {
        Self::empty(ScreenState::Off)
    }

    const fn empty(state: ScreenState) -> Self {
        Self {
            state,
            until_ms: 0,
            lines: Vec::new(),
        }
    }

    /// Adds what stood there at a moment and not already at the one before.
    pub fn add(&mut self, at_ms: u64, found: &[String], before: &[String]) {
        let room = MAX_LINES.saturating_sub(self.lines.len());
        let new = fresh(found, before).into_iter().take(room);
        self.lines
            .extend(new.map(|text| ScreenLine { at_ms, text }));
        self.until_ms = at_ms + 1;
    }

    /// All that was read. What stood there at the newest moment is among it, but not known: lines that stood there longer are
    /// not told again.
    pub fn read_so_far(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.text.clone()).collect()
    }
}

/// Languages that are read, as `tesseract` names them: `eng`, `eng+deu`, `script/Latin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages(Vec<String>);

/// A text that names no languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected languages of tesseract, such as eng or eng+deu")]
pub struct NoLanguages;

impl Languages {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those that are not among `there`.
    pub fn lacking(&self, there: &[String]) -> Vec<&str> {
        let lacks = |name: &&str| !there.iter().any(|it| it == name);
        self.names().filter(lacks).collect()
    }
}

impl FromStr for Languages {
    type Err = NoLanguages;

    fn from_str(text: &str) -> Result<Self, NoLanguages> {
        let is_name = |name: &&str| {
            let plain = name.strip_prefix("script/").unwrap_or(name);
            (1..=40).contains(&plain.len())
                && plain
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let names: Vec<&str> = text.split('+').collect();
        if names.len() > 8 || !names.iter().all(is_name) {
            return Err(NoLanguages);
        }
        Ok(Self(names.into_iter().map(str::to_owned).collect()))
    }
}

impl fmt::Display for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("+"))
    }
}

/// The moments that are read: where another picture is shown (`changes`, ascending), and again and again in between, because words come
/// and go without making another picture of it.
pub fn moments(changes: &[u64], length_ms: u64) -> Vec<u64> {
    let step = (length_ms / REREADS).max(MIN_REREAD_MS);
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    let mut all = Vec::new();
    let ends = changes.iter().copied().skip(1).chain([length_ms]);
    for (from, to) in changes.iter().copied().zip(ends) {
        let again = (from..to.max(from + 1)).step_by(step);
        all.extend(again.take(MAX_MOMENTS));
    }
    if all.len() > MAX_MOMENTS {
        all = changes.to_vec();
        let every = all.len().div_ceil(MAX_MOMENTS).max(1);
        all = all.into_iter().step_by(every).collect();
    }
    all
}

/// The lines of what `tesseract` writes with `tessedit_create_tsv`: words that it is confident of, in lines, each once.
pub fn lines_of_tsv(tsv: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut of = None;
    let mut end = |line: &mut String| {
        let whole: String = text::line(line).chars().take(MAX_LINE_CHARS).collect();
        line.clear();
        if says_something(&whole) && !lines.contains(&whole) && lines.len() < MAX_LINES_PER_MOMENT {
            lines.push(whole);
        }
    };
    for row in tsv.lines() {
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let [
            "5",
            page,
            block,
            paragraph,
            number,
            _,
            _,
            _,
            _,
            _,
            confidence,
            word,
        ] = cells[..]
        else {
            continue;
        };
        let is_sure = confidence
            .parse()
            .is_ok_and(|percent: f64| percent >= MIN_CONFIDENCE);
        if !is_sure || word.trim().is_empty() {
            continue;
        }
        let place = (page, block, paragraph, number);
        if of != Some(place) {
            end(&mut line);
            of = Some(place);
        }
        let follows = line.chars().next_back().zip(word.chars().next());
        if follows.is_some_and(|(a, b)| !(has_no_blanks(a) && has_no_blanks(b))) {
            line.push(' ');
        }
        line.push_str(word);
    }
    end(&mut line);
    lines
}

/// Two letters or digits beside each other: specks and edges are read as single signs.
fn says_something(line: &str) -> bool {
    let mut before = false;
    line.chars().any(|c| {
        let two = before && c.is_alphanumeric();
        before = c.is_alphanumeric();
        two || (before && has_no_blanks(c))
    })
}

/// Of a script that sets no blanks between words: kana, Han, Thai. Every sign of it comes as a word of its own.
const fn has_no_blanks(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Those of `found` that do not stand in `before`: where most words are the same it is the same line, read a little differently.
fn fresh(found: &[String], before: &[String]) -> Vec<String> {
    let before: Vec<HashSet<String>> = before.iter().map(|line| words(line)).collect();
    let is_new = |line: &&String| {
        let these = words(line);
        let same = |old: &HashSet<String>| these.intersection(old).count() * 10 >= these.len() * 8;
        !before.iter().any(same)
    };
    found.iter().filter(is_new).cloned().collect()
}

fn words(line: &str) -> HashSet<String> {
    let apart = line.split(|c: char| !c.is_alphanumeric());
    let words = apart.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tsv(words: &[(u32, &str, &str)]) -> String {
        let mut out = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n".to_owned();
        out.push_str("4\t1\t1\t1\t1\t0\t10\t10\t90\t20\t-1\t\n");
        for (line, confidence, word) in words {
            out.push_str(&format!(
                "5\t1\t1\t1\t{line}\t1\t10\t10\t9\t20\t{confidence}\t{word}\n"
            ));
        }
        out
    }

    #[test]
    fn words_that_were_read_with_confidence_are_lines() {
        let read = tsv(&[
            (1, "96.4", "Quarterly"),
            (1, "12", "smudge"),
            (1, "88", "numbers"),
            (2, "95", "|"),
            (3, "91", "東"),
            (3, "91", "京"),
            (3, "91", "POL-358"),
            (4, "90", "Quarterly"),
            (4, "90", "numbers"),
        ]);
        assert_eq!(lines_of_tsv(&read), ["Quarterly numbers", "東京 POL-358"]);
        for bad in [
            "",
            "5",
            "5\t1\t1",
            "\t\t\t\t\t\t\t\t\t\t\t",
            "5\t1\t1\t1\t1\t1\t1\t1\t1\t1\tNaN\tword",
        ] {
            assert_eq!(lines_of_tsv(bad), Vec::<String>::new(), "{bad:?}");
        }
    }

    #[test]
    fn what_stood_there_before_is_not_kept_again() {
        let line = |text: &str| text.to_owned();
        let mut text = ScreenText::begun();
        let first = [line("File Edit View Help me"), line("Draft of the plan")];
        text.add(0, &first, &[]);
        let second = [line("File Edit View Help rne"), line("Budget of the plan")];
        text.add(5_000, &second, &first);
        let kept: Vec<(u64, &str)> = text.lines.iter().map(|it| (it.at_ms, &*it.text)).collect();
        let wanted = [
            (0, "File Edit View Help me"),
            (0, "Draft of the plan"),
            (5_000, "Budget of the plan"),
        ];
        assert_eq!(kept, wanted);
        assert_eq!(text.until_ms, 5_001);
        // Whoever goes on after a stop does not tell again what still stands there.
        let so_far = text.read_so_far();
        text.add(7_000, &second, &so_far);
        assert_eq!((text.until_ms, text.lines.len()), (7_001, 3));
        let many: Vec<String> = (0..5_000).map(|n| format!("number {n} of many")).collect();
        text.add(9_000, &many, &[]);
        assert_eq!(text.lines.len(), MAX_LINES);
    }

    #[test]
    fn moments_are_changes_and_between_them_and_not_too_many() {
        assert_eq!(
            moments(&[0, 4_000, 40_000], 50_000),
            [0, 4_000, 19_000, 34_000, 40_000]
        );
        let hour = moments(&[0], 3_600_000);
        assert_eq!((hour.len(), hour[1]), (60, 60_000));
        assert_eq!(moments(&[], 90_000), Vec::<u64>::new());
        assert_eq!(moments(&[0], 0), [0]);
        let often: Vec<u64> = (0..100).map(|n| n * 36_000).collect();
        assert_eq!(moments(&often, 3_600_000), often);
        let too_often: Vec<u64> = (0..1_000).map(|n| n * 100).collect();
        let got = moments(&too_often, 100_000);
        assert!(got.len() <= MAX_MOMENTS && got.is_sorted() && got[0] == 0);
    }

    #[test]
    fn languages_are_names_and_nothing_else() {
        let both: Languages = "eng+deu".parse().unwrap();
        assert_eq!(both.to_string(), "eng+deu");
        assert_eq!(both.lacking(&["eng".to_owned(), "osd".to_owned()]), ["deu"]);
        "script/Latin+chi_sim".parse::<Languages>().unwrap();
        for bad in ["", "+", "eng+", "../eng", "eng deu", "-l", "script/", "a/b"] {
            assert!(bad.parse::<Languages>().is_err(), "{bad:?}");
        }
    }
}

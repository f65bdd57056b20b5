//! Where lines end.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// What no line begins with, of scripts that put no spaces between words.
const NEVER_FIRST: &str = "、。，．・：；！？…‥ー々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ”’）］｝〕〉》」』】〟〗,.!?:;)]}%";
/// What no line ends with.
const NEVER_LAST: &str = "“‘（［｛〔〈《「『【〝〖([{";
/// A line may end behind it within a word.
const BEHIND: &str = "-–—/";

/// The lines of a text whose words are one space apart. A word that is too long is broken between characters.
pub(super) fn wrap(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    // Where the next line may begin, and how wide what stands before it is.
    let mut rest: Option<(usize, f32)> = None;
    let mut before = None;
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = measure(cluster);
        if at > start && before.is_some_and(|before| may_end(before, cluster)) {
            rest = Some((at, used));
        }
        // A space may stand beyond the edge: nobody sees it.
        if at > start && cluster != " " && used + wide > width {
            let (next, of_line) = rest.take().unwrap_or((at, used));
            lines.push(text[start..next].trim_end());
            (start, used) = (next, used - of_line);
        }
        used += wide;
        before = Some(cluster);
    }
    let last = text[start..].trim_end();
    if !last.is_empty() {
        lines.push(last);
    }
    lines
}

fn may_end(before: &str, next: &str) -> bool {
    if next == " " {
        return false;
    }
    if before == " " {
        return true;
    }
    if is_of(NEVER_LAST, before) || is_of(NEVER_FIRST, next) {
        return false;
    }
    let is_letter = next.chars().all(char::is_alphabetic);
    before.width() > 1 || next.width() > 1 || is_of(BEHIND, before) && is_letter
}

fn is_of(all: &str, cluster: &str) -> bool {
    cluster.chars().next().is_some_and(|c| all.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: f32) -> Vec<&str> {
        wrap(
            text,
            width,
            |cluster| {
                if cluster.width() > 1 { 2.0 } else { 1.0 }
            },
        )
    }

    #[test]
    fn lines_end_between_words_and_within_words_only_where_they_must() {
        assert_eq!(wrapped("one two three", 7.0), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 6.0), ["one", "two", "three"]);
        assert_eq!(wrapped("abcdefgh ij", 3.0), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("left/right-hand", 7.0), ["left/", "right-", "hand"]);
        assert!(wrapped("", 7.0).is_empty());
    }

    #[test]
    fn japanese_ends_lines_without_spaces_but_not_before_a_full_stop() {
        assert_eq!(wrapped("設定を開きます。", 8.0), ["設定を開", "きます。"]);
        // The full stop takes the character before it along.
        assert_eq!(wrapped("設定を開く。次へ", 10.0), ["設定を開", "く。次へ"]);
        assert_eq!(
            wrapped("次は「開く」です", 6.0),
            ["次は", "「開", "く」で", "す"]
        );
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_wider_than_the_line() {
        let text = format!("{} {}", "x".repeat(10_000), "長い".repeat(2000));
        let lines = wrapped(&text, 60.0);
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        for line in lines {
            assert!(line.width() <= 60, "{line}");
        }
    }
}

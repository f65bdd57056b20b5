//! In which language a page or a mail is sent. Pure.

use serde::{Deserialize, Serialize};

/// A language in which there are pages, and mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PageLanguage {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
}

impl PageLanguage {
    /// As in `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Of a language tag (BCP 47), by its first part.
    pub fn of(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        if first.eq_ignore_ascii_case("en") {
            Some(Self::English)
        } else if first.eq_ignore_ascii_case("de") {
            Some(Self::German)
        } else {
            None
        }
    }

    /// Of mails and notifications, which no browser asks for: what a person chose, if there are texts in it.
    pub fn of_choice(chosen: Option<&str>) -> Self {
        chosen.and_then(Self::of).unwrap_or_default()
    }

    /// What a person chose counts first, if there are pages in it; then what the browser asks for (RFC 9110 §12.5.4): the language with
    /// the greatest weight, of equal ones the first.
    pub fn choose(chosen: Option<&str>, accept: &str) -> Self {
        if let Some(language) = chosen.and_then(Self::of) {
            return language;
        }
        let mut best: Option<(Self, f32)> = None;
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::of) else {
                continue;
            };
            let weight = parts.find_map(|it| it.strip_prefix("q="));
            let weight = weight.map_or(1.0, |it| it.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, most)| weight > most) {
                best = Some((language, weight));
            }
        }
        best.map_or_else(Self::default, |(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::PageLanguage::{self, English, German};

    #[test]
    fn the_table_of_languages() {
        for (chosen, accept, is) in [
            (None, "", English),
            (None, "de", German),
            (None, "de-AT,de;q=0.9,en;q=0.8", German),
            (None, "en-US,en;q=0.9,de;q=0.8", English),
            (None, "fr-FR, fr;q=0.9, de;q=0.5, en;q=0.4", German),
            (None, "en;q=0.3, DE-ch ; q=0.7", German),
            (None, "de;q=0, en", English),
            (None, "de;q=0", English),
            (None, "de;q=x, en;q=0.1", English),
            (None, "fr, ja", English),
            (None, "*", English),
            (None, "deutsch, den, english", English),
            (None, ";;,,q=1", English),
            (Some("de"), "en", German),
            (Some("de-CH"), "en", German),
            (Some("en-GB"), "de", English),
            (Some("fr"), "de", German),
            (Some(""), "de", German),
        ] {
            assert_eq!(
                PageLanguage::choose(chosen, accept),
                is,
                "{chosen:?} {accept:?}"
            );
        }
    }
}

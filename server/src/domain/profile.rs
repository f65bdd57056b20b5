//! What people say of themselves beside name and address: time zone, language, picture. Pure.

use std::str::FromStr;

/// A time zone by its name in the IANA database, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(String);

/// A language tag (BCP 47), such as `de` or `pt-BR`, in which dates and times are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(String);

/// Why something about a profile is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("A time zone is named like Europe/Berlin.")]
    TimeZone,
    #[error("A language is written like de or pt-BR.")]
    Language,
}

impl ProfileError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::TimeZone => "time_zone",
            Self::Language => "language",
        }
    }
}

impl TimeZone {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TimeZone {
    type Err = ProfileError;
    fn from_str(text: &str) -> Result<Self, ProfileError> {
        // Far longer than any, and what the database would be searched for.
        if text.len() > 64 {
            return Err(ProfileError::TimeZone);
        }
        let zone = jiff::tz::TimeZone::get(text).map_err(|_| ProfileError::TimeZone)?;
        let name = zone.iana_name().ok_or(ProfileError::TimeZone)?;
        Ok(Self(name.to_owned()))
    }
}

impl Language {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = ProfileError;
    /// Only the shape is checked (RFC 5646 §2.1): browsers know far more languages than we do.
    fn from_str(text: &str) -> Result<Self, ProfileError> {
        let mut pieces = text.split('-');
        let first = pieces.next().unwrap_or_default();
        let letters = first.chars().all(|c| c.is_ascii_alphabetic());
        let fits = matches!(first.len(), 2..=8)
            && letters
            && text.len() <= 35
            && pieces.all(|it| {
                matches!(it.len(), 1..=8) && it.chars().all(|c| c.is_ascii_alphanumeric())
            });
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::Language)
        }
    }
}

/// A picture of a person: square, PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPicture {
    pub sha256: [u8; 32],
    pub png: Vec<u8>,
}

/// As it is stored; none: what the browser says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    pub time_zone: Option<String>,
    pub language: Option<String>,
    /// Hash of the picture.
    pub picture: Option<[u8; 32]>,
    /// Whether a password can be typed; who came by a provider alone has none.
    pub has_password: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_time_zones_from_one_end_of_the_earth_to_the_other() {
        for zone in [
            "Europe/Berlin",
            "Pacific/Kiritimati",
            "Etc/GMT+12",
            "Asia/Kathmandu",
            "UTC",
        ] {
            assert_eq!(zone.parse::<TimeZone>().unwrap().as_str(), zone);
        }
        let long = "x".repeat(10_000);
        for bad in [
            "",
            "Berlin",
            "+02:00",
            "Europe/Berlin\u{200b}",
            "../etc/passwd",
            &long,
        ] {
            assert_eq!(
                bad.parse::<TimeZone>(),
                Err(ProfileError::TimeZone),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_table_of_languages() {
        for language in ["de", "pt-BR", "zh-Hant-TW", "sr-Latn", "en-u-hc-h23"] {
            assert!(language.parse::<Language>().is_ok(), "{language}");
        }
        for bad in [
            "",
            "d",
            "de-",
            "de_DE",
            "\u{202e}de",
            "de-toolongforone",
            "12",
        ] {
            assert_eq!(
                bad.parse::<Language>(),
                Err(ProfileError::Language),
                "{bad}"
            );
        }
    }
}

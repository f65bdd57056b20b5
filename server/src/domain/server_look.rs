//! The name and the colour that a server has of its own. Pure.
//!
//! Whatever colour is chosen, words can be read: it is made darker or lighter until it passes contrast (WCAG 2.2, 1.4.3 and 1.4.11) on the
//! grounds of `web/src/ui/tokens.css`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::account::clean_name;

/// What it is called where nobody said anything.
pub const PROGRAM: &str = "Aside";
/// Between what a page shows and the server's name, in the title of a window.
pub const BETWEEN: &str = " · ";
/// Letters of a name.
const MAX_NAME: usize = 40;

/// The grounds of pages on which the colour stands as a line, and as words; the lightest, respectively the darkest, last.
const LIGHT: [Colour; 3] = [
    Colour(0xff, 0xff, 0xff),
    Colour(0xf6, 0xf6, 0xfa),
    Colour(0xec, 0xec, 0xf2),
];
const DARK: [Colour; 3] = [
    Colour(0x13, 0x13, 0x17),
    Colour(0x1b, 0x1b, 0x21),
    Colour(0x29, 0x29, 0x32),
];
const BLACK: Colour = Colour(0, 0, 0);
const WHITE: Colour = Colour(0xff, 0xff, 0xff);
/// Of toasts: dark on light pages, light on dark ones.
const INVERSE: [Colour; 2] = [Colour(0x26, 0x26, 0x2e), Colour(0xed, 0xed, 0xf2)];
/// What is written in grey.
const MUTED: [Colour; 2] = [Colour(0x5b, 0x5b, 0x68), Colour(0xa7, 0xa7, 0xb5)];

/// Least contrast of words, and of lines.
const WORDS: f64 = 4.5;
const LINES: f64 = 3.0;
/// A colour is changed in so many steps until it is black or white.
const STEPS: u32 = 64;

/// A colour of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Colour(u8, u8, u8);

/// A colour that was chosen, such as `#0f766e`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Accent(Colour);

/// Why a name or a colour is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    #[error("A server's name has 1 to 40 letters, and no “ · ” in it.")]
    Name,
    #[error("A colour is written like #0f766e.")]
    Colour,
    #[error("Red says that something is being recorded, or was lost. Choose another colour.")]
    Red,
}

impl LookError {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Colour | Self::Red => "accent",
        }
    }
}

/// What a server looks like; none: as the program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerLook {
    name: Option<String>,
    accent: Option<Accent>,
}

impl ServerLook {
    /// As somebody chose it.
    pub fn chosen(name: Option<&str>, accent: Option<&str>) -> Result<Self, LookError> {
        let name = name.map(|raw| {
            let name = clean_name(raw).map_err(|_| LookError::Name)?;
            if name.chars().count() > MAX_NAME || name.contains(BETWEEN) {
                return Err(LookError::Name);
            }
            Ok(name)
        });
        Ok(Self {
            name: name.transpose()?.filter(|it| it != PROGRAM),
            accent: accent.map(str::parse).transpose()?,
        })
    }

    /// What the server is called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(PROGRAM)
    }

    pub fn own_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub const fn accent(&self) -> Option<Accent> {
        self.accent
    }
}

impl FromStr for Accent {
    type Err = LookError;
    fn from_str(text: &str) -> Result<Self, LookError> {
        let digits = text.strip_prefix('#').ok_or(LookError::Colour)?;
        if digits.len() != 6 || !digits.chars().all(|it| it.is_ascii_hexdigit()) {
            return Err(LookError::Colour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| LookError::Colour)?;
        let [_, r, g, b] = number.to_be_bytes();
        let colour = Colour(r, g, b);
        if colour.is_red() {
            return Err(LookError::Red);
        }
        Ok(Self(colour))
    }
}

impl TryFrom<String> for Accent {
    type Error = LookError;
    fn try_from(text: String) -> Result<Self, LookError> {
        text.parse()
    }
}

impl From<Accent> for String {
    fn from(accent: Accent) -> Self {
        accent.to_string()
    }
}

impl std::fmt::Display for Accent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colours that are made of the chosen one for one ground, by the names that `tokens.css` gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shades {
    /// Of buttons, with white words on it; of what is chosen.
    pub accent: String,
    pub accent_hover: String,
    /// Of links and the focus.
    pub link: String,
    /// Behind words.
    pub accent_soft: String,
    pub selection: String,
    /// Words in toasts.
    pub accent_on_inverse: String,
}

impl Accent {
    pub fn on_light(self) -> Shades {
        let accent = self.0.until(BLACK, |it| {
            it.contrast(WHITE) >= WORDS && it.on_all(&LIGHT[..2], LINES)
        });
        let soft = ground(accent, LIGHT[0], MUTED[0], 7);
        let selection = ground(accent, LIGHT[0], Colour(0x1b, 0x1b, 0x22), 16);
        let link = accent.until(BLACK, |it| {
            it.on_all(&LIGHT, WORDS) && it.contrast(soft) >= WORDS
        });
        Shades {
            accent_hover: accent.mixed(BLACK, 8).to_string(),
            accent_on_inverse: (self.0)
                .until(WHITE, |it| it.contrast(INVERSE[0]) >= WORDS)
                .to_string(),
            accent: accent.to_string(),
            link: link.to_string(),
            accent_soft: soft.to_string(),
            selection: selection.to_string(),
        }
    }

    pub fn on_dark(self) -> Shades {
        // White words on it and it on the ground: there is a narrow strip of colours for both.
        let accent = self.0.until(BLACK, |it| it.contrast(WHITE) >= WORDS);
        let accent = accent.until(WHITE, |it| it.on_all(&DARK[..2], LINES));
        let soft = ground(accent, DARK[0], MUTED[1], 14);
        let selection = ground(accent, DARK[0], Colour(0xed, 0xed, 0xf2), 34);
        let link = self.0.until(WHITE, |it| {
            it.on_all(&DARK, WORDS) && it.contrast(soft) >= WORDS
        });
        Shades {
            accent_hover: accent.mixed(BLACK, 8).to_string(),
            accent_on_inverse: (self.0)
                .until(BLACK, |it| it.contrast(INVERSE[1]) >= WORDS)
                .to_string(),
            accent: accent.to_string(),
            link: link.to_string(),
            accent_soft: soft.to_string(),
            selection: selection.to_string(),
        }
    }

    /// A style sheet that stands before or behind the one of the pages: it weighs more.
    pub fn style_sheet(self) -> String {
        let rule = |it: &Shades| {
            format!(
                ":root:root{{--accent:{};--accent-hover:{};--link:{};--accent-soft:{};--glow:{};--selection:{};--accent-on-inverse:{}}}",
                it.accent,
                it.accent_hover,
                it.link,
                it.accent_soft,
                it.accent_soft,
                it.selection,
                it.accent_on_inverse
            )
        };
        format!(
            "{}\n@media (prefers-color-scheme:dark){{{}}}\n",
            rule(&self.on_light()),
            rule(&self.on_dark())
        )
    }
}

/// The ground with so many of [`STEPS`] of a colour in it, or fewer, so that words of the colour `words` can be read on it.
fn ground(colour: Colour, ground: Colour, words: Colour, most: u32) -> Colour {
    let mixed = |part| ground.mixed(colour, part);
    let found = (0..=most)
        .rev()
        .map(mixed)
        .find(|it| it.contrast(words) >= WORDS);
    found.unwrap_or(ground)
}

impl Colour {
    /// With `part` of [`STEPS`] of another one.
    fn mixed(self, other: Self, part: u32) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u32::from(a) * (STEPS - part) + u32::from(b) * part;
            u8::try_from((sum + STEPS / 2) / STEPS).unwrap_or(u8::MAX)
        };
        Self(
            mix(self.0, other.0),
            mix(self.1, other.1),
            mix(self.2, other.2),
        )
    }

    /// The first on the way to `end` that fits.
    fn until(self, end: Self, fits: impl Fn(Self) -> bool) -> Self {
        let mut way = (0..=STEPS).map(|part| self.mixed(end, part));
        way.find(|it| fits(*it)).unwrap_or(end)
    }

    fn on_all(self, grounds: &[Self], least: f64) -> bool {
        grounds.iter().all(|it| self.contrast(*it) >= least)
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let linear = |it: u8| {
            let it = f64::from(it) / 255.0;
            if it <= 0.040_45 {
                it / 12.92
            } else {
                ((it + 0.055) / 1.055).powf(2.4)
            }
        };
        0.0722f64.mul_add(
            linear(self.2),
            0.2126f64.mul_add(linear(self.0), 0.7152 * linear(self.1)),
        )
    }

    /// Within 18 degrees of the hue of red, and not nearly grey.
    fn is_red(self) -> bool {
        let [r, g, b] = [self.0, self.1, self.2].map(f64::from);
        let (high, low) = (r.max(g).max(b), r.min(g).min(b));
        let spread = high - low;
        if r < high || spread < 48.0 || spread / high < 0.35 {
            return false;
        }
        // In sixths of the circle from red (as HSL counts it).
        ((g - b) / spread).abs() < 0.3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse::<Accent>().unwrap().0
    }

    #[test]
    fn every_chosen_colour_can_be_read_on_light_and_on_dark_pages() {
        let table = [
            "#000000", "#ffffff", "#808080", "#4f4bbd", "#ffff00", "#00ff00", "#00ffff", "#0000ff",
            "#ff00ff", "#f97316", "#facc15", "#0f766e", "#1d4ed8", "#7c3aed", "#be185d", "#14532d",
            "#fef9c3", "#1e1b4b", "#64748b", "#a16207", "#22d3ee", "#84cc16", "#010203", "#fdfdfe",
        ];
        for chosen in table {
            let accent: Accent = chosen.parse().unwrap();
            for (shades, grounds, text, muted, inverse) in [
                (accent.on_light(), LIGHT, "#1b1b22", MUTED[0], INVERSE[0]),
                (accent.on_dark(), DARK, "#ededf2", MUTED[1], INVERSE[1]),
            ] {
                let is = |it: &str| {
                    let [_, r, g, b] = u32::from_str_radix(&it[1..], 16).unwrap().to_be_bytes();
                    Colour(r, g, b)
                };
                let (text, soft) = (is(text), is(&shades.accent_soft));
                let mut pairs = vec![
                    ("white on accent", is(&shades.accent), WHITE, WORDS),
                    ("white on hover", is(&shades.accent_hover), WHITE, WORDS),
                    ("accent on page", is(&shades.accent), grounds[0], LINES),
                    ("accent on surface", is(&shades.accent), grounds[1], LINES),
                    ("link on soft", is(&shades.link), soft, WORDS),
                    ("text on soft", text, soft, WORDS),
                    ("grey on soft", muted, soft, WORDS),
                    ("text on selection", text, is(&shades.selection), WORDS),
                    ("in toasts", is(&shades.accent_on_inverse), inverse, WORDS),
                ];
                pairs.extend(grounds.map(|it| ("link", is(&shades.link), it, WORDS)));
                for (what, front, back, least) in pairs {
                    let ratio = front.contrast(back);
                    assert!(ratio >= least, "{chosen}: {what}: {ratio:.2} of {least}");
                }
            }
        }
    }

    #[test]
    fn a_colour_that_passes_stays_as_it_was_chosen() {
        for chosen in ["#4f4bbd", "#0f766e", "#1d4ed8"] {
            assert_eq!(chosen.parse::<Accent>().unwrap().on_light().accent, chosen);
        }
    }

    #[test]
    fn red_is_kept_for_what_is_recorded() {
        for red in [
            "#ff0000", "#c92a2a", "#dc2626", "#b3261e", "#ff6f63", "#7f1d1d",
        ] {
            assert_eq!(red.parse::<Accent>(), Err(LookError::Red), "{red}");
        }
        for other in ["#f97316", "#a16207", "#be185d", "#ffffff", "#3b3535"] {
            assert!(other.parse::<Accent>().is_ok(), "{other}");
        }
    }

    #[test]
    fn the_table_of_what_is_no_colour() {
        for bad in [
            "",
            "#",
            "red",
            "#fff",
            "0f766e",
            "#0f766g",
            "#0f766e;",
            "#0f766e00",
            "#+f766e",
            "#é00000",
        ] {
            assert_eq!(bad.parse::<Accent>(), Err(LookError::Colour), "{bad}");
        }
        assert_eq!(colour("#0F766E").to_string(), "#0f766e");
    }

    #[test]
    fn a_name_is_short_and_on_one_line() {
        let name = |raw: &str| ServerLook::chosen(Some(raw), None);
        assert_eq!(name("  Acme\n Video ").unwrap().name(), "Acme Video");
        assert_eq!(name("Aside").unwrap(), ServerLook::default());
        assert_eq!(ServerLook::default().name(), "Aside");
        for bad in ["", " ", "\u{200b}", "a · b", &"x".repeat(41)] {
            assert_eq!(name(bad), Err(LookError::Name), "{bad:?}");
        }
    }

    #[test]
    fn what_was_stored_is_read_back() {
        let look = ServerLook::chosen(Some("Acme"), Some("#0f766e")).unwrap();
        let json = serde_json::to_string(&look).unwrap();
        assert_eq!(json, r##"{"name":"Acme","accent":"#0f766e"}"##);
        assert_eq!(serde_json::from_str::<ServerLook>(&json).unwrap(), look);
    }
}

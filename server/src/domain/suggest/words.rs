//! Words that say nothing of a subject, and those that do.

/// A language whose small words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    German,
    Other,
}

impl Language {
    /// By its small words; `Other` where neither language has many of them.
    pub fn guess<'t>(words: impl Iterator<Item = &'t str>) -> Self {
        let (mut english, mut german, mut all) = (0_usize, 0_usize, 0_usize);
        for word in words {
            let word = word
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase();
            all += 1;
            english += usize::from(ENGLISH_SIGNS.contains(&word.as_str()));
            german += usize::from(GERMAN_SIGNS.contains(&word.as_str()));
        }
        // One word in ten, and clearly more than of the other.
        let clear = |n: usize, other: usize| n * 10 >= all && n >= 2 && n >= other * 3;
        if clear(english, german) {
            Self::English
        } else if clear(german, english) {
            Self::German
        } else {
            Self::Other
        }
    }

    /// ISO 639-1, of those that are known.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::English => Some("en"),
            Self::German => Some("de"),
            Self::Other => None,
        }
    }

    /// By ISO 639-1.
    pub fn of(code: Option<&str>) -> Self {
        match code {
            Some("en") => Self::English,
            Some("de") => Self::German,
            _ => Self::Other,
        }
    }
}

/// Frequent words that the other language does not have.
const ENGLISH_SIGNS: &[&str] = &[
    "the", "and", "of", "to", "that", "it", "is", "this", "you", "we", "with", "for", "have",
    "are", "on", "be", "please", "i", "not", "can",
];
const GERMAN_SIGNS: &[&str] = &[
    "der", "die", "das", "und", "ist", "nicht", "ich", "wir", "ein", "eine", "zu", "mit", "auf",
    "den", "es", "bitte", "kannst", "noch", "dem", "für",
];

const ENGLISH: &str = "about above actually after again all also always am and another any anything are around back basically because been before \
    being below between both but can cannot come could did didn does doesn doing don done down each else even every everything few first for from get gets \
    getting give go goes going gone good got had has have having he hello her here hers him his how however i if in into is isn it its itself just kind know let like \
    little ll look lot made make many may maybe me mean might more most much must my need never new next nice no nor not nothing now of off ok okay on once one \
    only or other our out over own please put quite rather re really right s said same say see she should show since so some something sort still such sure t take \
    than thank thanks that the their them then there these they thing things think this those though three through to today together too two under until up us use \
    used using very want was way we well were what when where which while who whole why will with without would yeah yes yet you your";

const GERMAN: &str = "aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bisschen bitte da dabei dadurch dafür dagegen daher \
    damit danach dann daran darauf daraus darin das dass davon dazu dein deine dem den denn der des deshalb dich die dies diese diesem diesen dieser dieses dir doch \
    dort du durch eben ein eine einem einen einer eines einfach einmal er erst erste es etwa etwas euch euer für ganz gar geht genau gerade gibt gleich gut habe \
    haben hallo halt hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre ihrem ihren im immer in ins irgendwie ist ja jede jeden jeder jedes jetzt kann kannst \
    kein keine keinen klar kommen kommt können könnte könnten machen macht mal man mehr mein meine meinem meinen meiner mich mir mit muss müssen nach natürlich nein nicht nichts noch \
    nun nur ob oder ohne okay schon sehr sein seine seinem seinen seit sich sie siehst sieht sind so soll sollte sollten sondern sonst sowas über um und uns unser unsere \
    unter viel viele vielleicht vom von vor wann war waren warum was weil weiter weiß welche wenn wer werde werden wie wieder will wir wird wirklich wo worden wurde \
    würde würden zeigen zu zum zur zwar zwei zwischen";

/// What a word is known by: its letters without case, its endings cut where that is sure.
pub(super) fn stem(word: &str, language: Language) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    let endings: &[&str] = match language {
        Language::English => &["ings", "ing", "ies", "es", "ed", "s"],
        Language::German => &["ungen", "en", "er", "es", "em", "e", "n", "s"],
        Language::Other => &[],
    };
    let long_enough = |rest: &&str| rest.chars().count() >= 4;
    let stem = endings
        .iter()
        .find_map(|ending| plain.strip_suffix(ending).filter(long_enough));
    stem.map_or_else(|| plain.clone(), str::to_owned)
}

/// Whether a word says something of a subject.
pub(super) fn is_content(word: &str, language: Language) -> bool {
    let letters = word.chars().filter(|c| c.is_alphanumeric() || *c == '\'');
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    let length = plain.chars().count();
    let small = |list: &str| list.split_whitespace().any(|it| it == plain);
    match language {
        // `don't`, `we're`: small words all of them.
        Language::English => length >= 3 && !plain.contains('\'') && !small(ENGLISH),
        Language::German => length >= 3 && !small(GERMAN),
        Language::Other => length >= 5,
    }
}

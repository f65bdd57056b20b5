//! Sentences in which somebody is to do something, by how English and German say so.

use super::sentences::Sentence;
use super::words::Language;
use super::{Found, MAX_TEXT, SuggestionKind, cut};

/// Of one talk.
const AT_MOST: usize = 20;
/// Words of a sentence that asks for something.
const WORDS: std::ops::RangeInclusive<usize> = 4..=45;

/// Whole words, in this order, anywhere in the sentence.
const ENGLISH: &[&str] = &[
    "i will",
    "i'll",
    "i am going to",
    "i need to",
    "i have to",
    "we need to",
    "we have to",
    "we must",
    "we should",
    "we will",
    "we'll",
    "you need to",
    "you have to",
    "you should",
    "you must",
    "please",
    "can you",
    "could you",
    "would you",
    "can someone",
    "could someone",
    "somebody needs to",
    "someone needs to",
    "someone has to",
    "needs to be",
    "has to be",
    "must be",
    "should be fixed",
    "let's",
    "let us",
    "make sure",
    "don't forget",
    "todo",
    "to do",
    "action item",
    "follow up",
    "remind me",
];

const GERMAN: &[&str] = &[
    "ich werde",
    "ich muss",
    "ich kümmere mich",
    "ich mache",
    "ich schicke",
    "ich schaue",
    "wir müssen",
    "wir sollten",
    "wir werden",
    "ihr müsst",
    "ihr solltet",
    "du musst",
    "du solltest",
    "sie müssen",
    "sie sollten",
    "bitte",
    "kannst du",
    "könntest du",
    "könnt ihr",
    "könntet ihr",
    "können sie",
    "könnten sie",
    "kann jemand",
    "jemand muss",
    "muss noch",
    "müssen noch",
    "sollte noch",
    "muss man noch",
    "lass uns",
    "lasst uns",
    "nicht vergessen",
    "denk daran",
    "denkt daran",
    "zu erledigen",
    "aufgabe ist",
    "aufgabe für",
];

/// What is done in the talk itself: `I will show you` is no task.
const SPEAKING: &[&str] = &[
    "show",
    "explain",
    "talk",
    "walk you",
    "start with",
    "begin with",
    "say",
    "tell you",
    "go through",
    "demonstrate",
    "look at",
    "see",
    "switch",
    "jump",
    "zoom",
    "scroll",
    "click",
    "open",
    "zeigen",
    "zeige",
    "erklären",
    "erkläre",
    "erzählen",
    "sagen",
    "anfangen",
    "beginnen",
    "durchgehen",
    "ansehen",
    "anschauen",
    "klicken",
    "klicke",
    "scrollen",
    "wechseln",
];

/// `I will`: only these are also how one announces what one shows.
const ANNOUNCING: &[&str] = &[
    "i will",
    "i'll",
    "i am going to",
    "we will",
    "we'll",
    "let's",
    "let us",
    "ich werde",
    "ich mache",
    "ich schaue",
    "wir werden",
    "lass uns",
    "lasst uns",
];

pub(super) fn find(spoken: &[Sentence], language: Language) -> Vec<Found> {
    let phrases: Vec<&str> = match language {
        Language::English => ENGLISH.to_vec(),
        Language::German => GERMAN.to_vec(),
        Language::Other => return Vec::new(),
    };
    let tasks = spoken.iter().filter(|it| is_task(&it.text, &phrases));
    let found = tasks.map(|it| Found {
        kind: SuggestionKind::Action,
        at_ms: it.start_ms,
        end_ms: it.end_ms,
        text: cut(&it.text, MAX_TEXT),
    });
    found.take(AT_MOST).collect()
}

fn is_task(text: &str, phrases: &[&str]) -> bool {
    if !WORDS.contains(&text.split_whitespace().count()) {
        return false;
    }
    let plain = plain(text);
    let says = |phrase: &&&str| plain.contains(&format!(" {phrase} "));
    let mut said = phrases.iter().filter(says).peekable();
    if said.peek().is_none() {
        return false;
    }
    let announces = said.all(|phrase| ANNOUNCING.contains(phrase));
    let speaks = SPEAKING
        .iter()
        .any(|verb| plain.contains(&format!(" {verb} ")));
    !(announces && speaks)
}

/// In small letters, one blank around each word.
fn plain(text: &str) -> String {
    let mut out = String::from(" ");
    for word in text.split_whitespace() {
        let word = word.replace('’', "'").to_lowercase();
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'');
        if !word.is_empty() {
            out.push_str(word);
            out.push(' ');
        }
    }
    out
}

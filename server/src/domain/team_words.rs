//! Names and terms of a team: given to the speech model, and put in the place of what it hears instead. Pure.

/// Terms that are kept.
pub const MAX_TERMS: usize = 300;
/// Letters of a term, and of what is heard instead.
const MAX_LETTERS: usize = 80;
/// What is heard instead of one term, at most.
const MAX_HEARD: usize = 12;
/// The model is told so many letters; it reads no more than 224 tokens.
const MAX_PROMPT: usize = 600;

/// Why a list is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TeamWordsError {
    #[error("At most {MAX_TERMS} terms are kept.")]
    TooMany,
    #[error("Line {0}: a term has 1 to {MAX_LETTERS} letters.")]
    Length(usize),
    #[error("Line {0}: at most {MAX_HEARD} other words for one term.")]
    TooManyHeard(usize),
}

/// A name or a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub spelling: String,
    /// What the model writes instead.
    pub heard: Vec<String>,
}

/// The terms of a team, as people write them: one a line, `Kubernetes` or `Kubernetes: cooper nets, kuber netties`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamWords {
    terms: Vec<Term>,
}

/// Words that are replaced: from … to, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    pub from: usize,
    pub to: usize,
    pub text: String,
}

impl TeamWords {
    pub fn read(text: &str) -> Result<Self, TeamWordsError> {
        let mut terms: Vec<Term> = Vec::new();
        for (n, line) in (1..).zip(text.lines()) {
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            if line.trim().is_empty() {
                continue;
            }
            // `std::fmt` is a term: what is heard follows a colon and a blank.
            let (spelling, heard) = line.split_once(": ").unwrap_or((&line, ""));
            let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let spelling = one_line(spelling);
            let heard = heard.split(',').map(one_line).filter(|it| !it.is_empty());
            let heard: Vec<String> = heard.collect();
            let fits = |text: &String| (1..=MAX_LETTERS).contains(&text.chars().count());
            if !fits(&spelling) || !heard.iter().all(fits) {
                return Err(TeamWordsError::Length(n));
            }
            if heard.len() > MAX_HEARD {
                return Err(TeamWordsError::TooManyHeard(n));
            }
            terms.push(Term { spelling, heard });
        }
        if terms.len() > MAX_TERMS {
            return Err(TeamWordsError::TooMany);
        }
        Ok(Self { terms })
    }

    /// As [`Self::read`] reads it.
    pub fn text(&self) -> String {
        let lines = self.terms.iter().map(|term| {
            if term.heard.is_empty() {
                term.spelling.clone()
            } else {
                format!("{}: {}", term.spelling, term.heard.join(", "))
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// What the model is told, the terms that stand first first; none where there are none.
    pub fn prompt(&self) -> Option<String> {
        let mut prompt = String::new();
        for term in &self.terms {
            let comma = if prompt.is_empty() { "" } else { ", " };
            if prompt.chars().count() + comma.len() + term.spelling.chars().count() >= MAX_PROMPT {
                break;
            }
            prompt.push_str(comma);
            prompt.push_str(&term.spelling);
        }
        (!prompt.is_empty()).then(|| prompt + ".")
    }

    /// What is put in the place of which of these words. Punctuation around them stays.
    pub fn replacements(&self, said: &[&str]) -> Vec<Replacement> {
        let mut rules: Vec<(Vec<String>, &str)> = Vec::new();
        for term in &self.terms {
            for heard in term.heard.iter().chain(spelled(&term.spelling)) {
                let sequence: Vec<String> = heard.split(' ').map(plain).collect();
                if sequence.iter().all(|it| !it.is_empty()) {
                    rules.push((sequence, &term.spelling));
                }
            }
        }
        // Of two that fit, the longer one.
        rules.sort_by_key(|(sequence, _)| std::cmp::Reverse(sequence.len()));
        let plain_said: Vec<String> = said.iter().map(|word| plain(word)).collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < said.len() {
            let rule = rules
                .iter()
                .find(|(sequence, _)| plain_said[at..].starts_with(sequence));
            let Some((sequence, spelling)) = rule else {
                at += 1;
                continue;
            };
            let to = at + sequence.len() - 1;
            let before: String = said[at]
                .chars()
                .take_while(|c| !c.is_alphanumeric())
                .collect();
            let after = said[to].chars().rev().take_while(|c| !c.is_alphanumeric());
            let after: String = after.collect::<Vec<_>>().into_iter().rev().collect();
            let text = format!("{before}{spelling}{after}");
            if to > at || text != said[at] {
                out.push(Replacement { from: at, to, text });
            }
            at = to + 1;
        }
        out
    }
}

/// A term that cannot be mistaken for another word is spelled right wherever it is heard: one with a digit, a sign, or a capital
/// letter behind the first.
fn spelled(spelling: &String) -> Option<&String> {
    let special = spelling
        .chars()
        .skip(1)
        .any(|c| c.is_uppercase() || !c.is_alphabetic() && c != ' ' && c != '-' && c != '\'');
    special.then_some(spelling)
}

/// Letters and digits without case.
fn plain(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(list: &str, said: &str) -> String {
        let words: Vec<&str> = said.split(' ').collect();
        let mut out = Vec::new();
        let mut at = 0;
        for it in TeamWords::read(list).unwrap().replacements(&words) {
            out.extend(words[at..it.from].iter().map(|w| (*w).to_owned()));
            out.push(it.text);
            at = it.to + 1;
        }
        out.extend(words[at..].iter().map(|w| (*w).to_owned()));
        out.join(" ")
    }

    #[test]
    fn what_is_heard_instead_of_a_term_becomes_the_term() {
        let list = "Kubernetes: cooper nets, cooper netties\nMara: Mahra\nPostgreSQL\nAside\nstd::fmt: standard format";
        for (said, wanted) in [
            (
                "We run Cooper Nets, (cooper netties) and postgresql.",
                "We run Kubernetes, (Kubernetes) and PostgreSQL.",
            ),
            ("Ask mahra's or Mahra!", "Ask mahra's or Mara!"),
            // A plain word may mean itself.
            ("Put it aside", "Put it aside"),
            ("standard format of cooper", "std::fmt of cooper"),
        ] {
            assert_eq!(corrected(list, said), wanted);
        }
    }

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let list = TeamWords::read(" Kubernetes:  cooper  nets ,\r\n\n std::fmt \n").unwrap();
        assert_eq!(list.text(), "Kubernetes: cooper nets\nstd::fmt");
        assert_eq!(TeamWords::read(&list.text()), Ok(list.clone()));
        assert_eq!(list.prompt().as_deref(), Some("Kubernetes, std::fmt."));
        assert_eq!(TeamWords::default().prompt(), None);
    }

    #[test]
    fn a_list_has_its_limits_and_so_has_what_the_model_is_told() {
        let many = "x\n".repeat(MAX_TERMS + 1);
        assert_eq!(TeamWords::read(&many), Err(TeamWordsError::TooMany));
        let long = format!("ok\n{}", "x".repeat(MAX_LETTERS + 1));
        assert_eq!(TeamWords::read(&long), Err(TeamWordsError::Length(2)));
        let heard = format!("a: {}", "b,".repeat(MAX_HEARD + 1));
        assert_eq!(
            TeamWords::read(&heard),
            Err(TeamWordsError::TooManyHeard(1))
        );
        let full = format!("{}\n", "ü".repeat(MAX_LETTERS)).repeat(MAX_TERMS);
        let prompt = TeamWords::read(&full).unwrap().prompt().unwrap();
        assert!(prompt.chars().count() <= MAX_PROMPT);
    }
}

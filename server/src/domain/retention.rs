//! Retention: when a recording goes to the trash by a rule, and when its owner is told before. Pure.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use aside_protocol::id::{FolderId, RecordingId};
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// So long before it goes an owner is told; nothing goes that was not announced for so long.
pub const WARNED_BEFORE: Duration = DAY.saturating_mul(7);
/// Of a rule, in days.
pub const MAX_DAYS: u32 = 3650;

/// Since when the days of a rule are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The server heard of the recording, or it came back from the trash.
    Created,
    /// Somebody watched it last, or what `created` counts from, whichever is later.
    Viewed,
}

/// A rule that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub days: u32,
    pub since: Since,
}

/// What is said for a folder, or for the server. As text: `never`, `created 90`, `viewed 30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Recordings stay until somebody removes them.
    Never,
    After(Rule),
}

/// Why a rule is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    #[error("A rule counts 1 to {MAX_DAYS} days.")]
    Days,
}

impl Rule {
    pub const fn new(days: u32, since: Since) -> Result<Self, RetentionError> {
        if days == 0 || days > MAX_DAYS {
            return Err(RetentionError::Days);
        }
        Ok(Self { days, since })
    }

    const fn length(self) -> Duration {
        DAY.saturating_mul(self.days)
    }
}

impl Word {
    /// For people, behind "recordings".
    pub fn told(self) -> String {
        match self {
            Self::Never => "stay until somebody removes them".to_owned(),
            Self::After(Rule { days, since }) => {
                let since = match since {
                    Since::Created => "after they were made",
                    Since::Viewed => "without a view",
                };
                format!("go to the trash {days} days {since}")
            }
        }
    }

    /// The rule, if there is one.
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::Never => None,
            Self::After(rule) => Some(rule),
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::After(Rule { days, since }) => {
                let since = match since {
                    Since::Created => "created",
                    Since::Viewed => "viewed",
                };
                write!(f, "{since} {days}")
            }
        }
    }
}

impl FromStr for Word {
    type Err = RetentionError;
    fn from_str(text: &str) -> Result<Self, RetentionError> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let (since, days) = text.split_once(' ').ok_or(RetentionError::Days)?;
        let since = match since {
            "created" => Since::Created,
            "viewed" => Since::Viewed,
            _ => return Err(RetentionError::Days),
        };
        let days = days.parse().map_err(|_| RetentionError::Days)?;
        Rule::new(days, since).map(Self::After)
    }
}

/// What is said in a text of the database. What another version of the program wrote is no reason to remove anything.
pub fn stored(text: &str) -> Word {
    text.parse().unwrap_or(Word::Never)
}

/// A folder, as far as rules are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuledFolder {
    pub id: FolderId,
    pub parent: Option<FolderId>,
    /// None: as the folder that it lies in, or the server, says.
    pub word: Option<Word>,
}

/// All that is said on a server, or by one person and the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    server: Option<Word>,
    folders: HashMap<FolderId, RuledFolder>,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Server,
    Folder(FolderId),
}

impl Words {
    pub fn new(server: Option<Word>, folders: impl IntoIterator<Item = RuledFolder>) -> Self {
        Self {
            server,
            folders: folders.into_iter().map(|it| (it.id, it)).collect(),
        }
    }

    /// What counts in a folder (none: in no folder): the nearest word on the way to the top, else the server's.
    pub fn of(&self, folder: Option<FolderId>) -> Option<(Rule, Source)> {
        let mut at = folder;
        // Folders lie in each other without a circle; where rows say otherwise, this ends all the same.
        for _ in 0..=self.folders.len() {
            let Some(found) = at.and_then(|id| self.folders.get(&id)) else {
                break;
            };
            if let Some(word) = found.word {
                return word.rule().map(|rule| (rule, Source::Folder(found.id)));
            }
            at = found.parent;
        }
        let rule = self.server.and_then(Word::rule)?;
        Some((rule, Source::Server))
    }

    /// What is said for the server.
    pub fn server(&self) -> Word {
        self.server.unwrap_or(Word::Never)
    }

    /// Folders that say something of their own.
    pub fn own(&self) -> usize {
        self.folders.values().filter(|it| it.word.is_some()).count()
    }

    /// The shortest time after which anything may go; none where nothing ever does.
    pub fn shortest(&self) -> Option<Duration> {
        let words = self.folders.values().filter_map(|it| it.word);
        let rules = words.chain(self.server).filter_map(Word::rule);
        rules.map(Rule::length).min()
    }
}

/// What a rule asks of a recording that is not in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub id: RecordingId,
    pub folder: Option<FolderId>,
    pub created_at: Timestamp,
    /// When it came back from the trash last.
    pub kept_from: Option<Timestamp>,
    /// When somebody watched it last.
    pub viewed_at: Option<Timestamp>,
    /// Its owner said that it stays.
    pub pinned: bool,
    /// It is being recorded.
    pub live: bool,
    /// When it goes, as its owner was told.
    pub announced: Option<Timestamp>,
}

/// What is to be done with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Nothing,
    /// Tell its owner that it goes then.
    Announce(Timestamp),
    /// It was announced and goes later, or not at all: correct what was told. Nobody is told again.
    Correct(Option<Timestamp>),
    ToTrash,
}

/// When a rule would have it, whoever was told; none where no rule concerns it.
fn due(rule: Option<Rule>, facts: &Facts) -> Option<Timestamp> {
    let rule = rule.filter(|_| !facts.pinned && !facts.live)?;
    let began = facts
        .created_at
        .max(facts.kept_from.unwrap_or(facts.created_at));
    let from = match (rule.since, facts.viewed_at) {
        (Since::Viewed, Some(viewed)) => began.max(viewed),
        _ => began,
    };
    Some(from.plus(rule.length()))
}

/// When it goes, as it looks now: what was announced, or the time of the rule after an announcement.
pub fn goes_at(rule: Option<Rule>, facts: &Facts, now: Timestamp) -> Option<Timestamp> {
    let due = due(rule, facts)?;
    Some(match facts.announced {
        Some(announced) => announced.max(due),
        None => due.max(now.plus(WARNED_BEFORE)),
    })
}

/// What is to be done now.
pub fn step(rule: Option<Rule>, facts: &Facts, now: Timestamp) -> Step {
    let due = due(rule, facts);
    let near = due.filter(|due| due.minus(WARNED_BEFORE) <= now);
    match (facts.announced, near) {
        (None, None) => Step::Nothing,
        (None, Some(due)) => Step::Announce(due.max(now.plus(WARNED_BEFORE))),
        // Far away again, because it was watched, pinned, moved, or the rule is another one.
        (Some(_), None) => Step::Correct(None),
        (Some(announced), Some(due)) => {
            let at = announced.max(due);
            if at <= now {
                Step::ToTrash
            } else if at == announced {
                Step::Nothing
            } else {
                Step::Correct(Some(at))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn day(n: u32) -> Timestamp {
        T0.plus(DAY * n)
    }

    fn folder(n: u8) -> FolderId {
        FolderId::new(T0, [n; 10])
    }

    fn facts() -> Facts {
        Facts {
            id: RecordingId::new(T0, [1; 10]),
            folder: None,
            created_at: T0,
            kept_from: None,
            viewed_at: None,
            pinned: false,
            live: false,
            announced: None,
        }
    }

    fn rule(days: u32, since: Since) -> Option<Rule> {
        Some(Rule::new(days, since).unwrap())
    }

    #[test]
    fn it_is_announced_a_week_before_and_goes_when_it_was_announced_for() {
        let rule = rule(30, Since::Created);
        let mut it = facts();
        assert_eq!(step(rule, &it, day(22)), Step::Nothing);
        assert_eq!(step(rule, &it, day(23)), Step::Announce(day(30)));
        it.announced = Some(day(30));
        assert_eq!(step(rule, &it, day(23)), Step::Nothing, "announced once");
        assert_eq!(step(rule, &it, day(29)), Step::Nothing);
        assert_eq!(step(rule, &it, day(30)), Step::ToTrash);
    }

    #[test]
    fn what_is_overdue_when_a_rule_begins_is_announced_for_a_week_all_the_same() {
        let rule = rule(1, Since::Created);
        let mut it = facts();
        assert_eq!(step(rule, &it, day(400)), Step::Announce(day(407)));
        assert_eq!(goes_at(rule, &it, day(400)), Some(day(407)));
        it.announced = Some(day(407));
        assert_eq!(step(rule, &it, day(406)), Step::Nothing);
        assert_eq!(step(rule, &it, day(407)), Step::ToTrash);
    }

    #[test]
    fn a_view_postpones_where_the_rule_counts_views_and_nowhere_else() {
        let mut it = facts();
        it.announced = Some(day(30));
        it.viewed_at = Some(day(25));
        let viewed = rule(30, Since::Viewed);
        assert_eq!(step(viewed, &it, day(30)), Step::Correct(None));
        assert_eq!(goes_at(viewed, &it, day(30)), Some(day(55)));
        assert_eq!(step(rule(30, Since::Created), &it, day(30)), Step::ToTrash);
        it.viewed_at = Some(day(3));
        assert_eq!(step(viewed, &it, day(30)), Step::Correct(Some(day(33))));
        it.viewed_at = Some(T0.minus(DAY));
        assert_eq!(step(viewed, &it, day(30)), Step::ToTrash, "before it began");
    }

    #[test]
    fn what_is_pinned_being_recorded_or_without_a_rule_stays() {
        let rule = rule(10, Since::Created);
        let change: [fn(&mut Facts); 2] = [|it| it.pinned = true, |it| it.live = true];
        for change in change {
            let mut it = facts();
            change(&mut it);
            assert_eq!(step(rule, &it, day(99)), Step::Nothing);
            it.announced = Some(day(10));
            assert_eq!(step(rule, &it, day(99)), Step::Correct(None));
        }
        let mut it = facts();
        it.announced = Some(day(10));
        assert_eq!(step(None, &it, day(99)), Step::Correct(None));
        assert_eq!(goes_at(None, &it, day(99)), None);
    }

    #[test]
    fn what_came_back_from_the_trash_begins_anew() {
        let rule = rule(30, Since::Viewed);
        let mut it = facts();
        it.kept_from = Some(day(40));
        it.viewed_at = Some(day(2));
        assert_eq!(step(rule, &it, day(62)), Step::Nothing);
        assert_eq!(step(rule, &it, day(63)), Step::Announce(day(70)));
    }

    #[test]
    fn a_longer_rule_takes_an_announcement_back_and_a_shorter_one_does_not_hurry_it() {
        let mut it = facts();
        it.announced = Some(day(30));
        assert_eq!(
            step(rule(90, Since::Created), &it, day(29)),
            Step::Correct(None)
        );
        assert_eq!(step(rule(2, Since::Created), &it, day(29)), Step::Nothing);
        assert_eq!(
            goes_at(rule(2, Since::Created), &it, day(29)),
            Some(day(30))
        );
    }

    #[test]
    fn the_nearest_folder_that_says_something_beats_those_above_and_the_server() {
        let after = |days| Word::After(Rule::new(days, Since::Created).unwrap());
        let of = |n, parent: Option<u8>, word| RuledFolder {
            id: folder(n),
            parent: parent.map(folder),
            word,
        };
        let words = Words::new(
            Some(after(90)),
            [
                of(1, None, Some(after(10))),
                of(2, Some(1), None),
                of(3, Some(2), Some(Word::Never)),
                of(4, None, None),
            ],
        );
        let days = |n: Option<u8>| {
            words
                .of(n.map(folder))
                .map(|(rule, from)| (rule.days, from))
        };
        assert_eq!(days(None), Some((90, Source::Server)));
        assert_eq!(days(Some(4)), Some((90, Source::Server)));
        assert_eq!(days(Some(1)), Some((10, Source::Folder(folder(1)))));
        assert_eq!(days(Some(2)), Some((10, Source::Folder(folder(1)))));
        assert_eq!(days(Some(3)), None);
        assert_eq!(words.shortest(), Some(DAY * 10));
        assert_eq!(Words::new(Some(Word::Never), []).shortest(), None);
        let circle = Words::new(
            Some(after(90)),
            [of(1, Some(2), None), of(2, Some(1), None)],
        );
        assert_eq!(
            circle.of(Some(folder(1))).map(|it| it.1),
            Some(Source::Server)
        );
    }

    #[test]
    fn a_word_is_read_back_as_it_was_stored_and_what_is_not_known_removes_nothing() {
        for text in ["never", "created 1", "viewed 3650"] {
            assert_eq!(text.parse::<Word>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "viewed",
            "viewed 0",
            "viewed 3651",
            "opened 3",
            "created -1",
        ] {
            assert_eq!(bad.parse::<Word>(), Err(RetentionError::Days), "{bad}");
            assert_eq!(stored(bad), Word::Never, "{bad}");
        }
    }
}

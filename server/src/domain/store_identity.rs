//! Whether a database and an object store belong together. Both carry the same store id; where one lacks it, only
//! content proves the pair: names of objects hold a recording's id and the SHA-256 of their bytes.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Names a database and its object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreId(Uuid);

impl StoreId {
    pub const fn from_entropy(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for StoreId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.trim().parse().map(Self)
    }
}

/// What is known of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub database: Option<StoreId>,
    pub objects: Option<StoreId>,
    /// How many objects of the database's parts were looked for; 0 when it has no parts.
    pub asked: usize,
    /// How many of them are in the object store.
    pub found: usize,
    /// Whether the object store holds objects of any recording.
    pub holds_recordings: bool,
}

/// What to do at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both carry this id.
    Same(StoreId),
    /// Write the id where it is lacking: a new pair, or one that its content proves. Without an id: make one.
    Complete(Option<StoreId>),
    Refuse(Stranger),
}

/// Why a database and an object store are not used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    #[error("the database belongs to store {database}, the objects belong to store {objects}")]
    OtherStore { database: StoreId, objects: StoreId },
    #[error("the database is empty, but the object store holds recordings of another database")]
    EmptyDatabase,
    #[error("the database is new, and the object store belongs to another one (store {0})")]
    TakenObjects(StoreId),
    #[error(
        "the database knows recordings, but none of {0} parts that were looked for is in the object store"
    )]
    ObjectsMissing(usize),
}

/// Decides.
pub fn judge(facts: &Facts) -> Verdict {
    let proven = facts.found > 0;
    let unproven = || {
        if facts.asked > 0 {
            Some(Stranger::ObjectsMissing(facts.asked))
        } else if facts.holds_recordings {
            Some(Stranger::EmptyDatabase)
        } else {
            None
        }
    };
    match (facts.database, facts.objects) {
        (Some(database), Some(objects)) if database == objects => Verdict::Same(database),
        (Some(database), Some(objects)) => {
            Verdict::Refuse(Stranger::OtherStore { database, objects })
        }
        (database, None) => match unproven() {
            Some(stranger) if !proven => Verdict::Refuse(stranger),
            _ => Verdict::Complete(database),
        },
        (None, Some(objects)) if proven => Verdict::Complete(Some(objects)),
        (None, Some(objects)) => {
            Verdict::Refuse(unproven().unwrap_or(Stranger::TakenObjects(objects)))
        }
    }
}

/// The id to write where a running server finds an object store without one, if its objects are back: *all* parts that
/// were looked for are there, or there are none. At the start one is enough, because nothing was written meanwhile; here
/// uploads may have gone into an empty folder on which the real one is not mounted yet.
pub fn is_back(facts: &Facts) -> Option<StoreId> {
    let complete = facts.found == facts.asked && (facts.asked > 0 || !facts.holds_recordings);
    facts
        .database
        .filter(|_| facts.objects.is_none() && complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: StoreId = StoreId::from_entropy([1; 16]);
    const B: StoreId = StoreId::from_entropy([2; 16]);

    #[test]
    fn the_table_of_which_pairs_are_used() {
        use Stranger::{EmptyDatabase, ObjectsMissing, OtherStore, TakenObjects};
        use Verdict::{Complete, Refuse, Same};
        // database, objects, parts asked and found, recordings in the object store
        type Row = (
            Option<StoreId>,
            Option<StoreId>,
            (usize, usize),
            bool,
            Verdict,
        );
        let table: &[Row] = &[
            // Both carry it: also when the database was restored from a backup and lacks what came later.
            (Some(A), Some(A), (0, 0), false, Same(A)),
            (Some(A), Some(A), (0, 0), true, Same(A)),
            (Some(A), Some(A), (9, 9), true, Same(A)),
            (
                Some(A),
                Some(B),
                (0, 0),
                false,
                Refuse(OtherStore {
                    database: A,
                    objects: B,
                }),
            ),
            (
                Some(A),
                Some(B),
                (9, 9),
                true,
                Refuse(OtherStore {
                    database: A,
                    objects: B,
                }),
            ),
            // Both are new, or the start was cut off between the two.
            (None, None, (0, 0), false, Complete(None)),
            (Some(A), None, (0, 0), false, Complete(Some(A))),
            // From before store ids were kept: the content proves it, or nothing does.
            (None, None, (9, 1), true, Complete(None)),
            (None, None, (9, 0), true, Refuse(ObjectsMissing(9))),
            (None, None, (9, 0), false, Refuse(ObjectsMissing(9))),
            (Some(A), None, (9, 1), true, Complete(Some(A))),
            (None, Some(B), (9, 1), true, Complete(Some(B))),
            // A folder that is not mounted, an empty bucket.
            (Some(A), None, (9, 0), false, Refuse(ObjectsMissing(9))),
            (None, Some(B), (9, 0), true, Refuse(ObjectsMissing(9))),
            // A fresh, lost or mistyped database.
            (None, None, (0, 0), true, Refuse(EmptyDatabase)),
            (Some(A), None, (0, 0), true, Refuse(EmptyDatabase)),
            (None, Some(B), (0, 0), true, Refuse(EmptyDatabase)),
            (None, Some(B), (0, 0), false, Refuse(TakenObjects(B))),
        ];
        for (database, objects, (asked, found), holds_recordings, expected) in table {
            let facts = Facts {
                database: *database,
                objects: *objects,
                asked: *asked,
                found: *found,
                holds_recordings: *holds_recordings,
            };
            assert_eq!(judge(&facts), *expected, "{facts:?}");
        }
    }

    #[test]
    fn a_running_server_takes_an_object_store_back_when_nothing_of_it_is_missing() {
        let facts = Facts {
            database: Some(A),
            objects: None,
            asked: 9,
            found: 9,
            holds_recordings: true,
        };
        assert_eq!(is_back(&facts), Some(A));
        let empty = Facts {
            asked: 0,
            found: 0,
            holds_recordings: false,
            ..facts
        };
        assert_eq!(is_back(&empty), Some(A));
        for not_back in [
            Facts { found: 8, ..facts },
            Facts { found: 0, ..facts },
            Facts {
                objects: Some(B),
                ..facts
            },
            Facts {
                database: None,
                ..facts
            },
            Facts {
                holds_recordings: true,
                ..empty
            },
        ] {
            assert_eq!(is_back(&not_back), None, "{not_back:?}");
        }
    }

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
        assert_eq!(format!("{A}\n").parse::<StoreId>().unwrap(), A);
        assert!("nonsense".parse::<StoreId>().is_err());
    }
}

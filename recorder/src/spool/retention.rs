//! When a take may leave this computer: when the server has proved that it holds every part that was made, when a
//! person says so, or when not one part was ever made.

use std::fs;

use aside_protocol::recording::{FIRST_INIT, TrackName};
use aside_protocol::upload::FinishReceipt;

use super::disk;
use super::journal::{self, Line};
use super::paths::Folder;
use super::{Ledger, SpoolError};

/// Why deleting a take loses nothing. Made only here.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// A person was asked and said yes.
    pub fn discarded_by_a_person() -> Self {
        Self(())
    }

    /// Not one part was ever made: no line of a journal speaks of one and no file lies there, readable or not, but
    /// one that was never given its name. Whatever cannot be read for another reason is no proof: the error says so.
    pub fn nothing_recorded(folder: &Folder) -> Result<Option<Self>, SpoolError> {
        let parts = folder.parts();
        let fail = |e| SpoolError::io("list", &parts)(e);
        for file in fs::read_dir(&parts).map_err(fail)? {
            if !disk::is_unfinished(&file.map_err(fail)?.file_name()) {
                return Ok(None);
            }
        }
        for path in [folder.journal(), folder.received()] {
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(SpoolError::io("read", &path)(e)),
            };
            let spoken = journal::parse(&bytes)
                .iter()
                .any(|line| matches!(line, Line::Part(_) | Line::Received { .. }));
            if spoken {
                return Ok(None);
            }
        }
        Ok(Some(Self(())))
    }
}

/// The receipt lacks something that was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the server did not confirm {missing} parts; the first of them is part {number} of {track}"
)]
pub struct Uncovered {
    pub missing: usize,
    pub track: TrackName,
    pub number: u32,
}

/// How many of the parts that were made the receipt does not cover.
pub fn missing_from(ledger: &Ledger, receipt: &FinishReceipt) -> usize {
    lacking(ledger, receipt).len()
}

/// Compares the server's receipt with every part that was made, readable here or not.
pub fn covered_by(ledger: &Ledger, receipt: &FinishReceipt) -> Result<Permit, Uncovered> {
    let lacking = lacking(ledger, receipt);
    match lacking.first() {
        None => Ok(Permit(())),
        Some((track, number)) => Err(Uncovered {
            missing: lacking.len(),
            track: *track,
            number: *number,
        }),
    }
}

fn lacking(ledger: &Ledger, receipt: &FinishReceipt) -> Vec<(TrackName, u32)> {
    let mut lacking = ledger.not_in(|track, number| held(receipt, track, number));
    // Parts without the init that decodes them are not all of the take.
    for made in ledger.finish_request().tracks {
        let listed = receipt.tracks.iter().find(|t| t.name == made.name);
        let inits = listed.map_or(&[][..], |listed| &listed.inits);
        if inits.get(..made.inits.len()) != Some(&made.inits[..]) {
            let first = ledger.parts(made.name).iter().find(|e| e.init > FIRST_INIT);
            lacking.extend(first.map(|entry| (entry.track, entry.number)));
        }
    }
    // A receipt that does not know the track at all is that of an older server, which does not take events.
    if !receipt.tracks.iter().any(|t| t.name == TrackName::Events) {
        lacking.retain(|(track, _)| *track != TrackName::Events);
    }
    lacking
}

fn held(
    receipt: &FinishReceipt,
    track: TrackName,
    number: u32,
) -> Option<aside_protocol::recording::Sha256> {
    let listed = receipt.tracks.iter().find(|t| t.name == track)?;
    listed.parts.get(usize::try_from(number).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use aside_protocol::id::RecordingId;
    use aside_protocol::recording::Sha256;
    use aside_protocol::time::Timestamp;

    use aside_protocol::upload::PutInit;

    use super::super::entry::tests::entry;
    use super::super::{Entry, LaterInit, Lost};
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::new([TrackName::Video, TrackName::Audio]);
        for number in 0..3 {
            ledger.push(entry(TrackName::Video, number)).unwrap();
            ledger.push(entry(TrackName::Audio, number)).unwrap();
        }
        ledger
    }

    fn receipt(ledger: &Ledger) -> FinishReceipt {
        FinishReceipt {
            id: RecordingId::new(Timestamp::from_micros(0), [0; 10]),
            url: String::new(),
            finished_at: Timestamp::from_micros(0),
            duration_ms: 0,
            tracks: ledger.finish_request().tracks,
        }
    }

    #[test]
    fn only_a_receipt_for_every_hash_permits_to_delete() {
        let ledger = ledger();
        let good = receipt(&ledger);
        assert!(covered_by(&ledger, &good).is_ok());

        let mut short = good.clone();
        short.tracks[1].parts.pop();
        assert_eq!(
            covered_by(&ledger, &short).unwrap_err(),
            Uncovered {
                missing: 1,
                track: TrackName::Audio,
                number: 2
            }
        );

        let mut other = good.clone();
        other.tracks[0].parts[1] = Sha256::of(b"other");
        assert_eq!(covered_by(&ledger, &other).unwrap_err().number, 1);

        let mut without = good;
        without.tracks.remove(0);
        let error = covered_by(&ledger, &without).unwrap_err();
        assert_eq!((error.missing, error.number), (3, 0));
    }

    #[test]
    fn a_later_init_must_be_covered_like_the_parts_it_decodes() {
        let mut ledger = Ledger::new([TrackName::Video]);
        ledger.push(entry(TrackName::Video, 0)).unwrap();
        let later = LaterInit {
            track: TrackName::Video,
            version: 2,
            first: 1,
            init: PutInit { init: vec![7] },
        };
        ledger.set_later_inits(std::slice::from_ref(&later));
        let older = receipt(&ledger);
        assert!(
            older.tracks[0].inits.is_empty(),
            "no part is decoded with it"
        );
        let second = Entry {
            init: 2,
            ..entry(TrackName::Video, 1)
        };
        ledger.push(second).unwrap();
        let good = receipt(&ledger);
        assert_eq!(good.tracks[0].inits, [Sha256::of(&[7])]);
        assert!(covered_by(&ledger, &good).is_ok());
        let mut without = good;
        without.tracks[0].inits.clear();
        assert_eq!(covered_by(&ledger, &without).unwrap_err().number, 1);
    }

    #[test]
    fn events_must_be_covered_where_the_server_knows_of_such_a_track() {
        let mut ledger = Ledger::new([TrackName::Video, TrackName::Events]);
        ledger.push(entry(TrackName::Video, 0)).unwrap();
        ledger.push(entry(TrackName::Events, 0)).unwrap();
        let good = receipt(&ledger);
        assert!(covered_by(&ledger, &good).is_ok());
        let mut lost = good.clone();
        lost.tracks[1].parts.clear();
        assert_eq!(missing_from(&ledger, &lost), 1);
        let mut older = good;
        older.tracks.remove(1);
        assert!(covered_by(&ledger, &older).is_ok());
    }

    #[test]
    fn a_part_that_cannot_be_read_here_must_be_covered_as_well() {
        let hole = |sha256| {
            let mut ledger = Ledger::new([TrackName::Video]);
            ledger.push(entry(TrackName::Video, 0)).unwrap();
            let lost = Lost {
                track: TrackName::Video,
                number: 1,
                sha256,
            };
            ledger.push_lost(lost).unwrap();
            ledger
        };
        let known = hole(Some(entry(TrackName::Video, 1).sha256));
        assert!(covered_by(&known, &receipt(&known)).is_ok());
        let mut short = receipt(&known);
        short.tracks[0].parts.pop();
        assert_eq!(missing_from(&known, &short), 1);
        assert!(covered_by(&known, &short).is_err());

        // Whatever the server holds under the number was made by this take: nobody else may upload to it.
        let unknown = hole(None);
        assert!(covered_by(&unknown, &receipt(&known)).is_ok());
        assert!(covered_by(&unknown, &short).is_err());
    }
}

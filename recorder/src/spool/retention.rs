//! When a take may leave this computer: never before the server has proved that it holds every
//! part, unless a person says so or there is nothing in it.

use aside_protocol::recording::TrackName;
use aside_protocol::upload::FinishReceipt;

use super::Ledger;

/// Why deleting a take loses nothing. Made only here.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// A person was asked and said yes.
    pub fn discarded_by_a_person() -> Self {
        Self(())
    }

    /// Not one part was recorded.
    pub fn nothing_recorded(ledger: &Ledger) -> Option<Self> {
        ledger.is_empty().then_some(Self(()))
    }
}

/// The receipt lacks something that lies in the spool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server's receipt does not cover part {number} of {track}")]
pub struct Uncovered {
    pub track: TrackName,
    pub number: u32,
}

/// Compares the server's receipt with every hash of the spool.
pub fn covered_by(ledger: &Ledger, receipt: &FinishReceipt) -> Result<Permit, Uncovered> {
    for (track, parts) in ledger.tracks() {
        let held = receipt
            .tracks
            .iter()
            .find(|t| t.name == track)
            .map_or(&[][..], |t| &t.parts);
        for (part, number) in parts.iter().zip(0_usize..) {
            if held.get(number) != Some(&part.sha256) {
                return Err(Uncovered {
                    track,
                    number: part.number,
                });
            }
        }
    }
    Ok(Permit(()))
}

#[cfg(test)]
mod tests {
    use aside_protocol::id::RecordingId;
    use aside_protocol::recording::Sha256;
    use aside_protocol::time::Timestamp;

    use super::super::entry::tests::entry;
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
                track: TrackName::Audio,
                number: 2
            }
        );

        let mut other = good.clone();
        other.tracks[0].parts[1] = Sha256::of(b"other");
        assert_eq!(covered_by(&ledger, &other).unwrap_err().number, 1);

        let mut without = good;
        without.tracks.remove(0);
        assert_eq!(covered_by(&ledger, &without).unwrap_err().number, 0);
    }

    #[test]
    fn a_take_with_a_part_is_not_empty() {
        assert!(Permit::nothing_recorded(&ledger()).is_none());
        assert!(Permit::nothing_recorded(&Ledger::new([TrackName::Video])).is_some());
    }
}

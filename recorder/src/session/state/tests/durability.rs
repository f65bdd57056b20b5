//! The machine with a real spool below it and a server that is played: whatever happens in whatever order, what the server
//! acknowledged stays, nothing leaves this computer before the receipt, and what a person cancels is gone.

use std::io;
use std::path::Path;
use std::sync::Arc;

use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::time::Timestamp;
use aside_protocol::upload::FinishReceipt;
use tempfile::TempDir;

use super::*;
use crate::spool::tests::{append, take};
use crate::spool::{
    Disk, DiskFile, Leaving, Ledger, Permit, Recovered, Spool, SystemDisk, TakeWriter, covered_by,
};

/// What can happen around the machine, beside its own operations.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Op(Op),
    /// A part comes off the encoders.
    Part,
    /// The server acknowledges the next part.
    Acknowledged,
    /// The uploader asks for the receipt.
    Receipt,
    /// The screen is locked, or unlocked: another picture, and the take goes on.
    Lock,
    /// The process is killed, and another one is started.
    Kill,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => any_op().prop_map(Happening::Op),
        3 => Just(Happening::Op(Op::CountdownOver)),
        3 => Just(Happening::Op(Op::Opened)),
        10 => Just(Happening::Part),
        8 => Just(Happening::Acknowledged),
        3 => Just(Happening::Receipt),
        2 => Just(Happening::Lock),
        1 => Just(Happening::Kill),
    ]
}

/// A disk whose power is never cut: `spool/cuts.rs` does that.
#[derive(Debug)]
struct Unsynced;

#[derive(Debug)]
struct UnsyncedFile(Box<dyn DiskFile>);

impl DiskFile for UnsyncedFile {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.write(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for Unsynced {
    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        SystemDisk.make_folder(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(SystemDisk.create(path)?)))
    }

    fn open_to_append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(SystemDisk.open_to_append(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove_folder(path)
    }

    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// One take, its folder and its server.
struct Around {
    state: State,
    data: TempDir,
    spool: Spool,
    /// From the countdown to the end.
    writer: Option<TakeWriter>,
    /// Every part that was made.
    made: Vec<Sha256>,
    /// What the server holds of it; `None`: it knows no such recording.
    server: Option<Vec<Sha256>>,
    network: bool,
    disk_works: bool,
    proved: Option<Permit>,
}

impl Around {
    fn new(line: Line, waits: bool) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self {
            state: State::new(line, ALL, waits),
            spool: Spool::open(data.path(), Arc::new(Unsynced)).unwrap(),
            data,
            writer: None,
            made: Vec::new(),
            server: None,
            network: true,
            disk_works: true,
            proved: None,
        }
    }

    fn sends(&self) -> bool {
        self.network && self.state.line == Line::Open && self.writer.is_some()
    }

    /// `false`: the process is gone.
    fn happens(&mut self, happening: Happening) -> Result<bool, TestCaseError> {
        match happening {
            Happening::Kill => return Ok(false),
            Happening::Lock => self.apply(Op::ScreenChanged)?,
            Happening::Part => self.part(),
            Happening::Acknowledged => {
                if self.sends() {
                    let held = self.server.get_or_insert_default();
                    held.extend(self.made.get(held.len()).copied());
                }
            }
            Happening::Receipt => self.ask_for_receipt()?,
            // Told by the receipt alone.
            Happening::Op(Op::Uploaded) => {}
            Happening::Op(Op::Sealed { .. }) => {
                let parts = self.made.len();
                self.apply(Op::Sealed { parts })?;
            }
            Happening::Op(op) => {
                match op {
                    Op::NetworkAway => self.network = false,
                    Op::NetworkBack => self.network = true,
                    Op::DiskFailed { .. } => self.disk_works = false,
                    _ => {}
                }
                self.apply(op)?;
            }
        }
        Ok(true)
    }

    fn part(&mut self) {
        // The last ones come while the devices are closed.
        let comes = matches!(self.state.phase, Phase::Recording | Phase::Stopping);
        if let Some(writer) = self.writer.as_mut().filter(|_| comes && self.disk_works) {
            let number = u32::try_from(self.made.len()).unwrap();
            let entry = append(writer, TrackName::Video, number).unwrap();
            self.made.push(entry.sha256);
        }
    }

    fn ask_for_receipt(&mut self) -> Result<(), TestCaseError> {
        if !self.sends() || self.state.phase != Phase::Uploading {
            return Ok(());
        }
        let Some(writer) = &self.writer else {
            return Ok(());
        };
        let (ledger, held) = (writer.ledger(), self.server.clone().unwrap_or_default());
        match covered_by(ledger, &receipt(ledger, held)) {
            Ok(permit) => {
                self.proved = Some(permit);
                self.apply(Op::Uploaded)
            }
            // It goes on sending.
            Err(_) => Ok(()),
        }
    }

    fn apply(&mut self, op: Op) -> Result<(), TestCaseError> {
        let (before, (next, _)) = (self.state, self.state.next(op));
        self.state = next;
        let begins =
            matches!(before.phase, Phase::Opening | Phase::Ready) && next.phase == Phase::Preparing;
        if begins {
            self.writer = Some(self.spool.create(take()).unwrap());
        }
        match next.phase {
            Phase::Over(ending) if before.phase != next.phase => self.end(ending),
            _ => Ok(()),
        }
    }

    /// What the runner does at the end (`runner/finish.rs`, `runner/discard.rs`).
    fn end(&mut self, ending: Ending) -> Result<(), TestCaseError> {
        let Some(writer) = self.writer.take() else {
            prop_assert_eq!(ending, Ending::NotBegun);
            return Ok(());
        };
        let held = writer.held();
        match ending {
            Ending::Uploaded => {
                let permit = self.proved.take();
                prop_assert!(permit.is_some(), "called uploaded without a receipt");
                held.delete(permit.unwrap()).unwrap();
            }
            Ending::Nothing => {
                let permit = Permit::nothing_recorded(&held.folder).unwrap();
                prop_assert!(permit.is_some(), "parts were called nothing");
                held.delete(permit.unwrap()).unwrap();
                self.server = None;
            }
            Ending::Cancelled | Ending::Trashed { .. } => {
                let leaving = match ending {
                    Ending::Trashed { .. } if !self.made.is_empty() => {
                        Leaving::Trash(Timestamp::from_micros(0))
                    }
                    _ => Leaving::Delete,
                };
                let known_to = (self.state.line != Line::Off).then_some("https://aside.example");
                held.discard(leaving, known_to).unwrap();
                if self.network {
                    self.server = None;
                    self.spool.forget_cancellation(take().id).unwrap();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What must hold after each step.
    fn holds(&self) -> Result<(), TestCaseError> {
        let ids = self.spool.ids().unwrap();
        let acknowledged = self.server.clone().unwrap_or_default();
        prop_assert!(
            self.made.starts_with(&acknowledged),
            "the server holds what was never made"
        );
        match self.state.phase {
            Phase::Opening | Phase::Ready | Phase::Over(Ending::NotBegun) => {
                prop_assert!(ids.is_empty(), "a take that never began");
            }
            Phase::Over(Ending::Uploaded) => {
                prop_assert!(ids.is_empty());
                prop_assert_eq!(&acknowledged, &self.made, "deleted before the receipt");
            }
            Phase::Over(Ending::Nothing) => {
                prop_assert!(ids.is_empty() && self.made.is_empty());
            }
            Phase::Over(Ending::Cancelled) => {
                prop_assert!(ids.is_empty(), "cancelled, and still here");
                prop_assert_eq!(self.spool.trashed().unwrap().len(), 0);
                self.is_or_will_be_removed()?;
            }
            Phase::Over(Ending::Trashed { .. }) => {
                prop_assert!(ids.is_empty());
                let trashed = self.spool.trashed().unwrap();
                prop_assert_eq!(trashed.len(), usize::from(!self.made.is_empty()));
                self.is_or_will_be_removed()?;
            }
            _ => {
                let (_, found) = self.spool.read(take().id).unwrap();
                self.is_whole(&found)?;
            }
        }
        Ok(())
    }

    fn is_or_will_be_removed(&self) -> Result<(), TestCaseError> {
        let told_later = self.spool.cancellations().unwrap();
        let told_later = told_later.iter().any(|c| c.id == take().id);
        prop_assert!(
            self.server.is_none() || told_later,
            "the server keeps what was cancelled"
        );
        Ok(())
    }

    fn is_whole(&self, found: &Recovered) -> Result<(), TestCaseError> {
        let here: Vec<Sha256> = found.ledger.entries().map(|e| e.sha256).collect();
        prop_assert_eq!((&here, found.lost), (&self.made, 0));
        Ok(())
    }

    /// The next start after a kill brings everything to the server, and only then lets it go.
    fn starts_again(self) -> Result<(), TestCaseError> {
        let kept = self.spool.ids().unwrap();
        let mut made = self.made.clone();
        drop(self.writer);
        let spool = Spool::open(self.data.path(), Arc::new(Unsynced)).unwrap();
        prop_assert_eq!(&spool.ids().unwrap(), &kept, "a start deleted a take");
        let Some(id) = kept.first().copied() else {
            return Ok(());
        };
        let held = spool.claim(id).unwrap();
        let found = held.recover().unwrap();
        let here: Vec<Sha256> = found.ledger.entries().map(|e| e.sha256).collect();
        prop_assert_eq!((&here, found.lost), (&made, 0));
        let permit = covered_by(&found.ledger, &receipt(&found.ledger, made.clone()));
        prop_assert!(permit.is_ok());
        if made.pop().is_some() {
            let short = receipt(&found.ledger, made);
            prop_assert!(covered_by(&found.ledger, &short).is_err());
        }
        held.delete(permit.unwrap()).unwrap();
        prop_assert!(spool.ids().unwrap().is_empty());
        Ok(())
    }
}

/// Of a server that holds these parts.
fn receipt(ledger: &Ledger, held: Vec<Sha256>) -> FinishReceipt {
    let mut tracks = ledger.finish_request().tracks;
    if let Some(video) = tracks.iter_mut().find(|t| t.name == TrackName::Video) {
        video.parts = held;
    }
    FinishReceipt {
        id: take().id,
        url: String::new(),
        finished_at: Timestamp::from_micros(0),
        duration_ms: 0,
        tracks,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn what_was_acknowledged_stays_nothing_is_deleted_before_the_receipt_and_cancel_leaves_nothing(
        happenings in prop::collection::vec(happening(), 0..60),
        line in prop::sample::select(vec![Line::Off, Line::Open, Line::Closed(Ending::SignedOut)]),
        waits in any::<bool>(),
    ) {
        let mut around = Around::new(line, waits);
        for happening in happenings {
            if !around.happens(happening)? {
                return around.starts_again();
            }
            around.holds()?;
        }
        // A power cut is a kill that comes at the end.
        around.starts_again()?;
    }
}

//! The promise of the spool, held against power cuts: a part that was appended is there afterwards, whenever the cut
//! comes, and what is found never claims more than was made. Each sync of the spool has a cut here that needs it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::power::{Chance, PowerDisk};
use super::tests::{append, take};
use super::*;
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;

/// Cuts of one test; four tests cut a recording (each process gets its share of a busy machine), one a deletion: 2,000.
const CUTS: usize = 400;
const PARTS: u32 = 3;

/// What was promised before the power went.
#[derive(Debug, Default)]
struct Promised {
    parts: Vec<Entry>,
    ended: bool,
}

/// First start on this computer, a take of some parts, its end.
fn record(disk: &PowerDisk, home: &Path, promised: &mut Promised) -> Result<(), SpoolError> {
    let spool = Spool::open(&home.join(".local/share/aside"), Arc::new(disk.clone()))?;
    let mut recording = spool.create(take())?;
    for number in 0..PARTS {
        if number == 1 {
            recording.begin_init(TrackName::Video, vec![7])?;
        }
        for track in [TrackName::Video, TrackName::Audio] {
            promised.parts.push(append(&mut recording, track, number)?);
        }
    }
    recording.end(Timestamp::from_micros(1))?;
    promised.ended = true;
    Ok(())
}

/// What is there when the power is back. An error: something that is neither a whole take nor none.
fn found(home: &Path) -> Result<Option<Recovered>, SpoolError> {
    let spool = Spool::open(&home.join(".local/share/aside"), Arc::new(SystemDisk))?;
    match spool.claim(take().id) {
        Ok(held) => held.recover().map(Some),
        Err(SpoolError::NoSuchTake { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Calls of a run to its end.
fn calls(run: impl FnOnce(&PowerDisk, &Path)) -> usize {
    let home = folder_of_its_own();
    let disk = PowerDisk::new(home.path(), usize::MAX);
    run(&disk, home.path());
    disk.calls()
}

/// One number a cut, so that each falls otherwise, and every run of the test alike.
fn chance(n: usize) -> Chance {
    Chance((n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Which syncs are not done: of a file, or of a folder (`true`).
type Forgets = fn(&Path, bool) -> bool;

const NONE: Forgets = |_, _| false;

/// A folder in memory, where there is one: nothing here asks the machine's own disk for anything.
fn folder_of_its_own() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// What these cuts in a recording broke of what was promised, one sentence each; the first that breaks anything is
/// the last.
fn broken_while_recording(cuts: Range<usize>, forgets: Forgets) -> Vec<String> {
    let calls = calls(|disk, home| record(disk, home, &mut Promised::default()).unwrap());
    let mut broken = Vec::new();
    for n in cuts {
        if !broken.is_empty() {
            break;
        }
        let (before, after) = (folder_of_its_own(), folder_of_its_own());
        let at = n % (calls + 1);
        let disk = PowerDisk::new(before.path(), at).forgetting(forgets);
        let mut promised = Promised::default();
        let ended = record(&disk, before.path(), &mut promised);
        assert_eq!(ended.is_ok(), at == calls);
        disk.after_the_cut(after.path(), &mut chance(n));
        let found = match found(after.path()) {
            Ok(Some(found)) => found,
            Ok(None) if promised.parts.is_empty() => continue,
            other => {
                broken.push(format!("cut {n}: the take is {other:?}"));
                continue;
            }
        };
        for part in &promised.parts {
            if found.ledger.entry(part.track, part.number) != Some(part) {
                broken.push(format!("cut {n}: {part:?} is lost"));
            }
        }
        // What was not acknowledged may be there, whole, or not.
        if found.lost > 0 || found.ledger.len() > promised.parts.len() + 1 {
            broken.push(format!("cut {n}: {found:?}"));
        }
        if promised.ended && !found.ended_well {
            broken.push(format!("cut {n}: the end is lost"));
        }
    }
    broken
}

/// The same of cuts while a take is deleted: it is whole afterwards, or gone.
fn broken_while_deleting(cuts: Range<usize>, forgets: Forgets) -> Vec<String> {
    let delete = |disk: &PowerDisk, home: &Path| {
        let root = home.join(".local/share/aside/takes");
        delete::delete(disk, &root, &Folder(root.join(take().id.to_string())))
    };
    let made = calls(|disk, home| record(disk, home, &mut Promised::default()).unwrap());
    let all = calls(|disk, home| {
        record(disk, home, &mut Promised::default()).unwrap();
        delete(disk, home).unwrap();
    });
    let mut broken = Vec::new();
    for n in cuts {
        if !broken.is_empty() {
            break;
        }
        let (before, after) = (folder_of_its_own(), folder_of_its_own());
        let at = made + n % (all - made + 1);
        let disk = PowerDisk::new(before.path(), at).forgetting(forgets);
        let mut promised = Promised::default();
        record(&disk, before.path(), &mut promised).unwrap();
        let _ = delete(&disk, before.path());
        disk.after_the_cut(after.path(), &mut chance(n));
        match found(after.path()) {
            Ok(None) => {}
            Ok(Some(found)) if found.lost == 0 && found.ledger.len() == promised.parts.len() => {}
            other => broken.push(format!("cut {n}: {other:?}")),
        }
    }
    broken
}

/// Four tests of a quarter each.
macro_rules! no_cut_of_the_power_loses_a_part_that_was_acknowledged {
    ($($quarter:ident = $n:literal),*) => {$(
        #[test]
        fn $quarter() {
            let cuts = $n * CUTS..($n + 1) * CUTS;
            assert_eq!(broken_while_recording(cuts, NONE), [] as [&str; 0]);
        }
    )*};
}

no_cut_of_the_power_loses_a_part_that_was_acknowledged!(
    no_cut_of_the_power_loses_a_part_that_was_acknowledged_first_quarter = 0,
    no_cut_of_the_power_loses_a_part_that_was_acknowledged_second_quarter = 1,
    no_cut_of_the_power_loses_a_part_that_was_acknowledged_third_quarter = 2,
    no_cut_of_the_power_loses_a_part_that_was_acknowledged_last_quarter = 3
);

#[test]
fn a_cut_while_a_take_is_deleted_leaves_the_whole_take_or_none_of_it() {
    assert_eq!(broken_while_deleting(0..CUTS, NONE), [] as [&str; 0]);
}

/// The last name of a path.
fn named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|n| n == name)
}

fn begins(path: &Path, with: &str) -> bool {
    path.file_name()
        .and_then(|n| n.to_str())
        .is_some_and(|n| n.starts_with(with))
}

#[test]
fn every_sync_is_needed() {
    let recording: [(&str, Forgets); 11] = [
        ("a part's bytes", |p, folder| {
            !folder && (begins(p, ".video-") || begins(p, ".audio-"))
        }),
        ("a part's name", |p, folder| folder && named(p, "parts")),
        ("the bytes of take.json", |p, folder| {
            !folder && begins(p, ".take.json")
        }),
        ("the names in a take's folder", |p, folder| {
            folder && begins(p, ".new-")
        }),
        (
            "the names in the folder of a take that goes on",
            |p, folder| folder && named(p, &take().id.to_string()),
        ),
        ("the name of the take", |p, folder| {
            folder && named(p, "takes")
        }),
        ("the end of the take", |p, folder| {
            !folder && named(p, "journal")
        }),
        ("the name `takes`", |p, folder| folder && named(p, "aside")),
        ("the name `aside`", |p, folder| folder && named(p, "share")),
        ("the name `share`", |p, folder| folder && named(p, ".local")),
        ("the name `.local`", |p, folder| {
            folder && p.join(".local").exists()
        }),
    ];
    for (what, forgets) in recording {
        let broken = broken_while_recording(0..CUTS, forgets);
        assert!(
            !broken.is_empty(),
            "nothing breaks without a sync of {what}"
        );
    }
    let forgets: Forgets = |p, folder| folder && named(p, "takes");
    assert!(!broken_while_deleting(0..CUTS, forgets).is_empty());
}

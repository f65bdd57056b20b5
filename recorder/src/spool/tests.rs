mod full_disk;
mod inits;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use aside_protocol::cmaf::{Sample, read_part, write_part};
use aside_protocol::id::{RecordingId, Slug};
use aside_protocol::recording::TrackName;
use aside_protocol::time::Timestamp;
use aside_protocol::upload::CreateTrack;
use bytes::Bytes;

use super::*;

pub(crate) fn take() -> Take {
    let track = |name| CreateTrack {
        name,
        init: vec![1, 2, 3],
    };
    Take::new(
        RecordingId::new(Timestamp::from_micros(1_700_000_000_000_000), [9; 10]),
        Slug::from_entropy(&[7; 32]).unwrap(),
        "A title".to_owned(),
        Some("https://aside.example".to_owned()),
        Timestamp::from_micros(1_700_000_000_000_000),
        vec![track(TrackName::Video), track(TrackName::Audio)],
    )
}

/// A real part of half a second.
fn part(track: TrackName, number: u32) -> Bytes {
    let ticks = match track {
        TrackName::Video => 45_000,
        _ => 24_000,
    };
    let start = u64::from(number) * u64::from(ticks);
    let data = match track {
        // One IDR slice behind its length.
        TrackName::Video => {
            Bytes::from([&[0, 0, 0, 6, 0x65][..], &number.to_be_bytes(), &[1]].concat())
        }
        _ => Bytes::from(format!("sound {number}")),
    };
    let sample = Sample {
        duration: ticks,
        sync: true,
        data,
    };
    write_part(number, start, track.kind(), &[sample]).unwrap()
}

pub(crate) fn append(
    recording: &mut TakeWriter,
    track: TrackName,
    number: u32,
) -> Result<Entry, SpoolError> {
    let bytes = part(track, number);
    let found = read_part(&bytes, track.kind()).unwrap().info;
    recording.append(NewPart {
        track,
        number,
        start: found.start,
        duration: found.duration,
        independent: found.independent,
        bytes: &bytes,
    })
}

fn disk() -> Arc<dyn Disk> {
    Arc::new(SystemDisk)
}

fn spool(dir: &Path) -> Spool {
    Spool::open(dir, Arc::new(SystemDisk)).unwrap()
}

/// A take with `count` parts of each track whose recorder died without a word.
fn killed(dir: &Path, count: u32) -> Ledger {
    let mut recording = spool(dir).create(take()).unwrap();
    for number in 0..count {
        append(&mut recording, TrackName::Video, number).unwrap();
        append(&mut recording, TrackName::Audio, number).unwrap();
    }
    recording.ledger().clone()
}

fn recovered(dir: &Path) -> Recovered {
    spool(dir).claim(take().id).unwrap().recover().unwrap()
}

#[test]
fn a_take_whose_recorder_died_is_whole_up_to_its_last_part() {
    let dir = tempfile::tempdir().unwrap();
    let made = killed(dir.path(), 5);
    let found = recovered(dir.path());
    assert_eq!(found.ledger.finish_request(), made.finish_request());
    assert!(found.ledger.ended, "a dead recorder makes no more parts");
    assert!(!found.ended_well);
    assert_eq!(found.lost, 0);
    assert_eq!(
        found.ledger.entries().collect::<Vec<_>>(),
        made.entries().collect::<Vec<_>>()
    );
}

#[test]
fn a_take_without_its_journal_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let made = killed(dir.path(), 5);
    fs::remove_file(spool(dir.path()).folder(take().id).journal()).unwrap();
    assert_eq!(
        recovered(dir.path()).ledger.finish_request(),
        made.finish_request()
    );
}

#[test]
fn a_journal_torn_at_any_byte_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let made = killed(dir.path(), 3);
    let journal = spool(dir.path()).folder(take().id).journal();
    let bytes = fs::read(&journal).unwrap();
    for cut in 0..bytes.len() {
        fs::write(&journal, &bytes[..cut]).unwrap();
        let found = recovered(dir.path());
        assert_eq!(
            found.ledger.finish_request(),
            made.finish_request(),
            "cut at {cut}"
        );
    }
}

#[test]
fn a_damaged_part_is_lost_and_those_behind_it_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let made = killed(dir.path(), 5);
    let folder = spool(dir.path()).folder(take().id);
    fs::write(folder.part(TrackName::Video, 3), b"no part at all").unwrap();
    fs::remove_file(folder.part(TrackName::Audio, 0)).unwrap();
    // A part, but not the one that was written.
    fs::copy(
        folder.part(TrackName::Audio, 3),
        folder.part(TrackName::Audio, 2),
    )
    .unwrap();
    let found = recovered(dir.path());
    let numbers = |track| {
        let parts = found.ledger.parts(track).iter();
        parts.map(|p| p.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(TrackName::Video), [0, 1, 2, 4]);
    assert_eq!(numbers(TrackName::Audio), [1, 3, 4]);
    assert_eq!((found.lost, found.ledger.made()), (3, 10));
    assert_eq!(
        found.ledger.finish_request(),
        made.finish_request(),
        "the journal knows what they were"
    );
}

#[test]
fn a_part_that_cannot_be_opened_is_lost_and_the_take_is_not() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 3);
    let part = spool(dir.path())
        .folder(take().id)
        .part(TrackName::Video, 1);
    fs::remove_file(&part).unwrap();
    // Reading a folder fails with an error that is not "not found", as a bad sector does.
    fs::create_dir(&part).unwrap();
    let found = recovered(dir.path());
    assert_eq!((found.lost, found.ledger.len()), (1, 5));
}

#[test]
fn a_file_with_a_number_out_of_this_world_is_not_ours() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 2);
    let parts = spool(dir.path()).folder(take().id).parts();
    for name in ["video-4294967295.m4s", "video-2.m4s", "video-345600.m4s"] {
        fs::write(parts.join(name), b"x").unwrap();
    }
    let found = recovered(dir.path());
    assert_eq!((found.lost, found.ledger.made()), (0, 4));
}

#[test]
fn only_a_take_of_which_nothing_was_ever_made_counts_as_empty() {
    let empty = |spoil: fn(&Folder)| {
        let dir = tempfile::tempdir().unwrap();
        drop(spool(dir.path()).create(take()).unwrap());
        let folder = spool(dir.path()).folder(take().id);
        spoil(&folder);
        Permit::nothing_recorded(&folder).is_ok_and(|permit| permit.is_some())
    };
    assert!(empty(|_| {}));
    assert!(empty(|folder| fs::remove_file(folder.journal()).unwrap()));
    assert!(!empty(|folder| {
        fs::write(folder.part(TrackName::Video, 0), b"damaged").unwrap();
    }));
    assert!(!empty(|folder| {
        fs::write(folder.parts().join("lost+found"), b"").unwrap();
    }));
    assert!(empty(|folder| {
        fs::write(folder.parts().join(".video-000000.m4s.unfinished"), b"half").unwrap();
    }));
    assert!(!empty(|folder| {
        let journal = Journal::open(&folder.journal(), &disk()).unwrap();
        journal
            .append(
                &Line::Part(super::entry::tests::entry(TrackName::Video, 0)),
                false,
            )
            .unwrap();
    }));
    assert!(!empty(|folder| {
        let received = Journal::open(&folder.received(), &disk()).unwrap();
        let line = Line::Received {
            track: TrackName::Video,
            number: 0,
        };
        received.append(&line, false).unwrap();
    }));
    assert!(!empty(|folder| fs::remove_dir(folder.parts()).unwrap()));
}

#[test]
fn a_damaged_take_is_named_in_the_list_until_the_server_has_what_is_lost_here() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 2);
    let spool = spool(dir.path());
    let folder = spool.folder(take().id);
    fs::remove_file(folder.part(TrackName::Video, 1)).unwrap();
    let look = || {
        let listed = spool.list().unwrap().remove(0);
        let alone = listed.is_unclaimed();
        let (_, status, known) = listed.take.unwrap();
        (status, known.lost, known.parts, alone)
    };
    assert_eq!(look(), (TakeStatus::Damaged, 1, 4, true));
    let received = Journal::open(&folder.received(), &disk()).unwrap();
    let confirm = |track, number| {
        received
            .append(&Line::Received { track, number }, false)
            .unwrap();
    };
    for (track, number) in [
        (TrackName::Video, 0),
        (TrackName::Audio, 0),
        (TrackName::Audio, 1),
    ] {
        confirm(track, number);
    }
    assert_eq!(
        look(),
        (TakeStatus::Damaged, 1, 4, false),
        "everything that can be read is there: nothing is left to send"
    );
    confirm(TrackName::Video, 1);
    assert_eq!(look(), (TakeStatus::Interrupted, 0, 4, true));
    spool.claim(take().id).unwrap().note_damage(2).unwrap();
    assert_eq!(look().0, TakeStatus::Damaged, "an attempt found out more");
}

#[test]
fn an_unfinished_file_is_no_part() {
    let dir = tempfile::tempdir().unwrap();
    let made = killed(dir.path(), 2);
    let parts = spool(dir.path()).folder(take().id).parts();
    fs::write(
        parts.join(".video-000002.m4s.unfinished"),
        &part(TrackName::Video, 2)[..20],
    )
    .unwrap();
    let found = recovered(dir.path());
    assert_eq!(found.ledger.finish_request(), made.finish_request());
    assert_eq!(found.lost, 0);
}

#[test]
fn a_take_that_ended_well_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut recording = spool(dir.path()).create(take()).unwrap();
    append(&mut recording, TrackName::Video, 0).unwrap();
    recording.end(Timestamp::from_micros(1)).unwrap();
    drop(recording);
    assert!(recovered(dir.path()).ended_well);
}

#[test]
fn a_take_belongs_to_one_process_until_that_dies() {
    let dir = tempfile::tempdir().unwrap();
    let spool = spool(dir.path());
    let recording = spool.create(take()).unwrap();
    assert!(matches!(
        spool.claim(take().id),
        Err(SpoolError::Busy { .. })
    ));
    let status = |spool: &Spool| spool.list().unwrap()[0].take.as_ref().unwrap().1;
    assert_eq!(status(&spool), TakeStatus::Recording);
    drop(recording);
    assert_eq!(status(&spool), TakeStatus::Interrupted);
    let held = spool.claim(take().id).unwrap();
    assert_eq!(held.take, take());
}

#[test]
fn the_list_knows_how_far_a_take_is_uploaded() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 4);
    let held = spool(dir.path()).claim(take().id).unwrap();
    let received = held.received().unwrap();
    for number in [0, 1, 1, 99] {
        received
            .append(
                &Line::Received {
                    track: TrackName::Video,
                    number,
                },
                false,
            )
            .unwrap();
    }
    drop(held);
    let list = spool(dir.path()).list().unwrap();
    let (_, _, progress) = list[0].take.as_ref().unwrap();
    assert_eq!(
        (progress.parts, progress.received, progress.duration_ms),
        (8, 2, 2000)
    );
}

#[test]
fn a_deleted_take_is_gone_and_a_half_deleted_one_is_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 1);
    let takes = dir.path().join("takes");
    let held = spool(dir.path()).claim(take().id).unwrap();
    held.delete(Permit::discarded_by_a_person()).unwrap();
    assert!(spool(dir.path()).list().unwrap().is_empty());
    assert!(matches!(
        spool(dir.path()).claim(take().id),
        Err(SpoolError::NoSuchTake { .. })
    ));

    fs::create_dir_all(takes.join(".deleted-x/parts")).unwrap();
    fs::create_dir_all(takes.join(".new-y/parts")).unwrap();
    fs::create_dir_all(takes.join("holiday photos")).unwrap();
    spool(dir.path());
    let left: Vec<String> = fs::read_dir(&takes)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        left.contains(&"holiday photos".to_owned()),
        "what is not ours stays"
    );
    assert!(
        !left
            .iter()
            .any(|n| n.starts_with(".deleted-") || n.starts_with(".new-")),
        "{left:?}"
    );
}

#[test]
fn a_take_that_is_being_born_is_not_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    let spool = spool(dir.path());
    let staging = spool.path().join(".new-z");
    fs::create_dir_all(&staging).unwrap();
    let lock = Lock::take(&staging.join("lock")).unwrap();
    Spool::open(dir.path(), Arc::new(SystemDisk)).unwrap();
    assert!(staging.is_dir());
    drop(lock);
    Spool::open(dir.path(), Arc::new(SystemDisk)).unwrap();
    assert!(!staging.exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_on_this_computer_can_look_into_the_spool() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 1);
    let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(spool(dir.path()).path()), 0o700);
}

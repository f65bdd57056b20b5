use std::path::Path;

use aside_protocol::recording::TrackName;

use super::{append, killed, recovered, spool, take};
use crate::spool::*;

/// A take whose encoder was replaced behind part 2, and whose recorder died three parts later.
fn killed_behind_a_change(dir: &Path) -> Ledger {
    let mut recording = spool(dir).create(take()).unwrap();
    for number in 0..6 {
        if number == 3 {
            // The first that was tried made nothing.
            assert_eq!(recording.begin_init(TrackName::Video, vec![4]).unwrap(), 2);
            assert_eq!(
                recording.begin_init(TrackName::Video, vec![5, 6]).unwrap(),
                2
            );
        }
        append(&mut recording, TrackName::Video, number).unwrap();
        append(&mut recording, TrackName::Audio, number).unwrap();
    }
    recording.ledger().clone()
}

#[test]
fn a_killed_take_knows_which_part_is_decoded_with_which_init_with_and_without_its_journal() {
    let dir = tempfile::tempdir().unwrap();
    let made = killed_behind_a_change(dir.path());
    for without_journal in [false, true] {
        if without_journal {
            std::fs::write(spool(dir.path()).folder(take().id).journal(), b"").unwrap();
        }
        let found = recovered(dir.path()).ledger;
        assert_eq!(found.finish_request(), made.finish_request());
        let versions = |track| -> Vec<u32> { found.parts(track).iter().map(|e| e.init).collect() };
        assert_eq!(versions(TrackName::Video), [1, 1, 1, 2, 2, 2]);
        assert_eq!(versions(TrackName::Audio), [1; 6]);
        assert_eq!(found.later_init(TrackName::Video, 2), Some(&[5, 6][..]));
        assert_eq!(found.later_init(TrackName::Audio, 2), None);
    }
}

#[test]
fn a_take_of_one_encoder_is_written_as_before_and_one_of_two_is_not_for_older_recorders() {
    let dir = tempfile::tempdir().unwrap();
    let written = |dir: &Path| -> serde_json::Value {
        let path = spool(dir).folder(take().id).path().join("take.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    killed(dir.path(), 1);
    let old = written(dir.path());
    assert_eq!(old["format"], 1);
    assert!(old.get("later_inits").is_none());
    let dir = tempfile::tempdir().unwrap();
    killed_behind_a_change(dir.path());
    let new = written(dir.path());
    assert_eq!(new["format"], 2);
    assert_eq!(new["later_inits"][0]["first"], 3);
    assert_eq!(new["later_inits"][0]["init"], "BQY=");
}

#[test]
fn who_may_watch_a_take_is_kept_with_it_and_not_left_to_an_older_recorder() {
    use aside_protocol::recording::Audience;
    let dir = tempfile::tempdir().unwrap();
    let shared = take().shared_with(Some(Audience::Owner));
    let mut recording = spool(dir.path()).create(shared).unwrap();
    append(&mut recording, TrackName::Video, 0).unwrap();
    // A later encoder does not make the file readable for an older recorder again.
    recording.begin_init(TrackName::Video, vec![4]).unwrap();
    drop(recording);
    let (read, _) = spool(dir.path()).read(take().id).unwrap();
    assert_eq!(read.create_request().audience, Some(Audience::Owner));
    let path = spool(dir.path()).folder(take().id).path().join("take.json");
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(
        (&written["format"], &written["audience"]),
        (&3.into(), &"owner".into())
    );
    assert_eq!(take().create_request().audience, None);
}

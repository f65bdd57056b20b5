use std::sync::Arc;

use aside_protocol::recording::TrackName;

use super::{append, recovered, take};
use crate::spool::probe::SmallDisk;
use crate::spool::*;

#[test]
fn a_full_disk_is_told_by_its_name_and_keeps_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(SmallDisk::new(4_000));
    let mut recording = Spool::open(dir.path(), disk)
        .unwrap()
        .create(take())
        .unwrap();
    let mut written = 0;
    let error = loop {
        match append(&mut recording, TrackName::Video, written) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SpoolError::Full { .. }), "{error}");
    assert!(written > 2);
    let ledger = recording.ledger().clone();
    drop(recording);
    let found = recovered(dir.path());
    assert_eq!(found.ledger.len(), usize::try_from(written).unwrap());
    assert_eq!(found.ledger.finish_request(), ledger.finish_request());
}

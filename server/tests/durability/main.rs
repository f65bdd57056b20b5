//! Power cuts of the server. The real program runs under `strace` while four recorders upload; then its log is replayed
//! on a disk that forgets what was not synced, the power is cut at every step, and what is left is opened again.
//!
//! What must hold after each cut: every part and every finish that was acknowledged is there, database and object; every
//! row has its object; the database is sound; database and objects still take each other for a pair.
//!
//! What this proves: that the program asks the kernel for what it needs, in the right order. Not that a disk does what
//! it is asked, nor that a file system keeps POSIX.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so loudly"
)]

mod check;
mod disk;
mod run;
mod strace;

use std::collections::HashSet;
use std::path::Path;

use check::Promises;
use disk::{Disk, Kept};
use strace::{Call, Moment};

/// How many cuts are tried when nothing else is said; `ASIDE_POWER_CUTS` says it.
const CUTS: usize = 200;

/// The run, as the log tells it.
struct Replay {
    events: Vec<(Moment, usize, Call)>,
    root: std::path::PathBuf,
}

/// A replay on its way.
struct Steps<'r, F> {
    events: std::slice::Iter<'r, (Moment, usize, Call)>,
    disk: Disk,
    promises: Promises,
    forget: F,
    forgotten: HashSet<usize>,
}

impl<F: Fn(&Path) -> bool> Steps<'_, F> {
    /// Goes on to where something changed on the disk or was promised; false at the end.
    fn next(&mut self) -> bool {
        for (moment, id, call) in self.events.by_ref() {
            if let Call::Sync { fd } = call {
                let path = self.disk.path_of(*fd);
                if *moment == Moment::Begins && path.is_some_and(|p| (self.forget)(&p)) {
                    self.forgotten.insert(*id);
                }
                if self.forgotten.contains(id) {
                    continue;
                }
            }
            let promised = *moment == Moment::Begins && self.promises.take(call);
            if self.disk.take(*moment, *id, call) || promised {
                return true;
            }
        }
        false
    }
}

impl Replay {
    fn steps<F: Fn(&Path) -> bool>(&self, forget: F) -> Steps<'_, F> {
        Steps {
            events: self.events.iter(),
            disk: Disk::new(&self.root),
            promises: Promises::default(),
            forget,
            forgotten: HashSet::new(),
        }
    }

    /// Replays all but the syncs that `forget` names, and cuts the power `cuts` times, evenly over all steps.
    async fn cut(&self, cuts: usize, forget: impl Fn(&Path) -> bool) -> Outcome {
        let mut outcome = Outcome::default();
        let mut steps = self.steps(&forget);
        while steps.next() {
            outcome.steps += 1;
        }
        let mut steps = self.steps(&forget);
        let mut step = 0;
        while steps.next() {
            step += 1;
            // After `step` of all steps, so many of the cuts are due.
            while outcome.cuts < cuts * step / outcome.steps {
                let kept = match outcome.cuts % 6 {
                    0 | 1 => Kept::Synced,
                    2 => Kept::Names,
                    3 => Kept::Contents,
                    4 => Kept::All,
                    _ => Kept::Some(outcome.cuts as u64),
                };
                let folder = run::scratch();
                let left = folder.path().join("left");
                steps.disk.cut(kept, &left).unwrap();
                outcome.cuts += 1;
                outcome.promised += steps.promises.len();
                for wrong in check::whole(&left.join(run::DATA), &steps.promises).await {
                    let of = outcome.steps;
                    outcome
                        .wrong
                        .push(format!("step {step} of {of}, {kept:?}: {wrong}"));
                }
            }
        }
        outcome
    }
}

/// What a number of cuts showed.
#[derive(Debug, Default)]
struct Outcome {
    steps: usize,
    cuts: usize,
    /// Promises that were checked, over all cuts.
    promised: usize,
    wrong: Vec<String>,
}

async fn recorded() -> Replay {
    let (log, root) = run::upload_under_strace().await;
    Replay {
        events: strace::read(&log),
        root,
    }
}

#[tokio::test]
async fn no_power_cut_loses_what_was_acknowledged_and_each_kind_of_sync_is_needed_for_that() {
    let cuts = std::env::var("ASIDE_POWER_CUTS").map_or(CUTS, |n| n.parse().unwrap());
    let replay = recorded().await;
    let outcome = replay.cut(cuts, |_| false).await;
    println!(
        "{} power cuts over {} steps: {} promises checked, {} broken",
        outcome.cuts,
        outcome.steps,
        outcome.promised,
        outcome.wrong.len()
    );
    assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
    assert!(
        outcome.promised > outcome.cuts,
        "hardly anything was promised: {outcome:?}"
    );

    // The same run on a disk that does not do one kind of sync: were it taken out of the program, this is what the test
    // above would see.
    let is_data = |path: &Path| path.starts_with(run::DATA);
    let extension = |path: &Path, wanted: &str| path.to_string_lossy().ends_with(wanted);
    type Kind<'k> = (&'static str, &'k dyn Fn(&Path) -> bool);
    let kinds: [Kind<'_>; 5] = [
        ("the bytes of an object", &|p| {
            p.starts_with(format!("{}/objects/recordings", run::DATA)) && p.extension().is_some()
        }),
        ("the folders of objects", &|p| {
            p.starts_with(format!("{}/objects", run::DATA)) && p.extension().is_none()
        }),
        ("the write-ahead log", &|p| extension(p, "-wal")),
        ("the data folder", &|p| p == Path::new(run::DATA)),
        ("what the data folder lies in", &|p| !is_data(p)),
    ];
    for (kind, forget) in kinds {
        let outcome = replay.cut(30, forget).await;
        assert!(
            !outcome.wrong.is_empty(),
            "nothing is lost without the sync of {kind}: is it in the program at all?"
        );
    }
}

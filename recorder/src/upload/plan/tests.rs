use aside_protocol::recording::RecordingState;
use aside_protocol::upload::ranges;
use proptest::prelude::*;

use super::*;
use crate::spool::Entry;

const TRACKS: [TrackName; 2] = [TrackName::Video, TrackName::Audio];

/// `video` parts of a second and `audio` parts of 0.9 s.
fn ledger(video: u32, audio: u32, ended: bool) -> Ledger {
    let mut ledger = Ledger::new(TRACKS);
    for (track, count, ticks) in [
        (TrackName::Video, video, 90_000),
        (TrackName::Audio, audio, 43_200),
    ] {
        for number in 0..count {
            let entry = Entry {
                track,
                number,
                start: u64::from(number) * ticks,
                duration: ticks,
                independent: true,
                size: 1,
                sha256: aside_protocol::recording::Sha256::of(&number.to_be_bytes()),
                init: 1,
            };
            ledger.push(entry).unwrap();
        }
    }
    ledger.ended = ended;
    ledger
}

fn status(held: &BTreeSet<Key>) -> UploadStatus {
    let of = |name| TrackRanges {
        name,
        ranges: ranges(held.iter().filter(|k| k.track == name).map(|k| k.number)),
    };
    UploadStatus {
        state: RecordingState::Recording,
        received: TRACKS.map(of).to_vec(),
    }
}

fn keys(ledger: &Ledger) -> BTreeSet<Key> {
    ledger
        .entries()
        .map(|e| Key {
            track: e.track,
            number: e.number,
        })
        .collect()
}

fn some_keys(video: u32, audio: u32) -> impl Strategy<Value = BTreeSet<Key>> {
    let all: Vec<Key> = keys(&ledger(video, audio, true)).into_iter().collect();
    let many = all.len();
    proptest::sample::subsequence(all, 0..=many).prop_map(|keys| keys.into_iter().collect())
}

#[test]
fn picture_and_sound_go_side_by_side_in_the_order_in_which_they_are_watched() {
    let ledger = ledger(3, 3, true);
    let mut plan = Plan::new(TRACKS);
    let mut order = Vec::new();
    while let Step::Send(key) = plan.next(&ledger) {
        order.push(format!(
            "{}{}",
            key.track.as_str().split_at(1).0,
            key.number
        ));
    }
    assert_eq!(order, ["v0", "a0", "a1", "v1", "a2", "v2"]);
}

#[test]
fn nothing_is_finished_while_a_part_is_under_way_or_the_take_goes_on() {
    let mut plan = Plan::new(TRACKS);
    assert_eq!(plan.next(&ledger(0, 0, false)), Step::Wait);
    let ended = ledger(1, 0, true);
    let Step::Send(key) = plan.next(&ended) else {
        panic!("a part is due")
    };
    assert_eq!(plan.next(&ended), Step::Wait);
    plan.received(key);
    assert_eq!(plan.next(&ledger(1, 0, false)), Step::Wait);
    assert_eq!(plan.next(&ended), Step::Finish);
}

#[test]
fn what_the_server_lost_is_sent_again() {
    let ledger = ledger(4, 4, true);
    let mut plan = Plan::new(TRACKS);
    let mut held = keys(&ledger);
    plan.server_holds(&status(&held));
    assert_eq!(plan.next(&ledger), Step::Finish);
    let lost = Key {
        track: TrackName::Audio,
        number: 2,
    };
    held.remove(&lost);
    plan.server_holds(&status(&held));
    assert_eq!(plan.next(&ledger), Step::Send(lost));
    plan.received(lost);
    assert_eq!(plan.next(&ledger), Step::Finish);
}

#[test]
fn what_can_be_read_behind_a_hole_is_sent_and_the_hole_is_counted_until_the_server_has_it() {
    let hole = Key {
        track: TrackName::Video,
        number: 1,
    };
    let mut ledger = Ledger::new(TRACKS);
    let whole = self::ledger(4, 0, true);
    for entry in whole.entries() {
        if entry.number == hole.number {
            let lost = crate::spool::Lost {
                track: hole.track,
                number: hole.number,
                sha256: Some(entry.sha256),
            };
            ledger.push_lost(lost).unwrap();
        } else {
            ledger.push(*entry).unwrap();
        }
    }
    ledger.ended = true;
    let mut plan = Plan::new(TRACKS);
    let mut sent = Vec::new();
    while let Step::Send(key) = plan.next(&ledger) {
        // One more turns out to be unreadable only when its turn comes.
        if key.number == 3 {
            plan.unreadable(key);
        } else {
            plan.received(key);
            sent.push(key.number);
        }
    }
    assert_eq!(sent, [0, 2]);
    assert_eq!((plan.next(&ledger), plan.lost(&ledger)), (Step::Finish, 2));
    let held = keys(&whole);
    plan.server_holds(&status(&held));
    assert_eq!((plan.next(&ledger), plan.lost(&ledger)), (Step::Finish, 0));
}

#[test]
fn a_server_that_claims_to_hold_the_whole_world_costs_no_memory() {
    let mut plan = Plan::new(TRACKS);
    let all = TrackRanges {
        name: TrackName::Video,
        ranges: vec![aside_protocol::upload::PartRange {
            first: 0,
            last: u32::MAX,
        }],
    };
    plan.server_holds(&UploadStatus {
        state: RecordingState::Recording,
        received: vec![all],
    });
    assert_eq!(plan.next(&ledger(2, 0, true)), Step::Finish);
}

proptest! {
    /// Whatever the server holds, however the parts come off the encoder, in whatever order the
    /// answers arrive: every missing part is sent exactly once, and the finish comes last.
    #[test]
    fn every_missing_part_is_sent_exactly_once_and_the_finish_comes_last(
        video in 0_u32..12,
        audio in 0_u32..12,
        held in some_keys(12, 12),
        at_once in 1_usize..6,
        answers in proptest::collection::vec(any::<proptest::sample::Index>(), 64),
    ) {
        let whole = ledger(video, audio, true);
        let held: BTreeSet<Key> = held.intersection(&keys(&whole)).copied().collect();
        let mut plan = Plan::new(TRACKS);
        plan.server_holds(&status(&held));

        let mut sent = Vec::new();
        let mut in_flight: Vec<Key> = Vec::new();
        let mut answers = answers.iter().cycle();
        let mut sealed = 0;
        loop {
            // The encoder is a part ahead each round until it ends.
            let grown = ledger(video.min(sealed), audio.min(sealed), sealed >= 12);
            sealed += 1;
            let mut finish = false;
            while in_flight.len() < at_once {
                match plan.next(&grown) {
                    Step::Send(key) => { sent.push(key); in_flight.push(key); }
                    Step::Wait | Step::SendInit(..) => break,
                    Step::Finish => { finish = true; break; }
                }
            }
            if finish {
                prop_assert!(in_flight.is_empty());
                break;
            }
            if !in_flight.is_empty() {
                let answered = in_flight.swap_remove(answers.next().unwrap().index(in_flight.len()));
                plan.received(answered);
            }
            prop_assert!(sealed < 1000, "the plan never finishes");
        }
        let once: BTreeSet<Key> = sent.iter().copied().collect();
        prop_assert_eq!(once.len(), sent.len(), "a part was sent twice");
        let missing: BTreeSet<Key> = keys(&whole).difference(&held).copied().collect();
        prop_assert_eq!(once, missing);
        prop_assert_eq!(plan.held(&whole).count(), whole.len());
    }

    /// A line that fails now and then changes nothing but the number of tries.
    #[test]
    fn a_part_that_was_given_back_is_sent_until_it_arrives(
        video in 1_u32..8,
        audio in 1_u32..8,
        fates in proptest::collection::vec(any::<bool>(), 200),
    ) {
        let whole = ledger(video, audio, true);
        let mut plan = Plan::new(TRACKS);
        let mut arrived = BTreeSet::new();
        let mut fates = fates.into_iter().chain(std::iter::repeat(true));
        loop {
            match plan.next(&whole) {
                Step::Send(key) if fates.next().unwrap() => {
                    prop_assert!(arrived.insert(key), "{key:?} arrived twice");
                    plan.received(key);
                }
                Step::Send(key) => plan.retry_later(key),
                Step::Wait | Step::SendInit(..) => prop_assert!(false, "nothing is under way, nothing to wait for"),
                Step::Finish => break,
            }
        }
        prop_assert_eq!(arrived, keys(&whole));
    }
}

#[test]
fn an_init_goes_before_the_parts_that_it_decodes_and_holds_no_other_track_back() {
    let (video, audio) = (TrackName::Video, TrackName::Audio);
    let mut ledger = Ledger::new(TRACKS);
    for number in 0..3 {
        for track in TRACKS {
            let mut entry = crate::spool::Entry {
                track,
                number,
                start: u64::from(number) * u64::from(track.timescale()),
                duration: 1,
                independent: true,
                size: 1,
                sha256: aside_protocol::recording::Sha256::of(&number.to_be_bytes()),
                init: 1,
            };
            entry.init += u32::from(track == video && number > 0);
            ledger.push(entry).unwrap();
        }
    }
    ledger.ended = true;
    let send = |track, number| Step::Send(Key { track, number });
    let mut plan = Plan::new(TRACKS);
    assert_eq!(plan.next(&ledger), send(video, 0));
    assert_eq!(plan.next(&ledger), send(audio, 0));
    assert_eq!(plan.next(&ledger), Step::SendInit(video, 2));
    assert_eq!(plan.next(&ledger), send(audio, 1));
    plan.init_sent(video, 2, false);
    assert_eq!(
        plan.next(&ledger),
        Step::SendInit(video, 2),
        "it did not arrive"
    );
    plan.init_sent(video, 2, true);
    assert_eq!(plan.next(&ledger), send(video, 1));
    assert_eq!(plan.next(&ledger), send(video, 2));
    // After any trouble: the server may have lost what nobody asked for.
    plan.retry_later(Key {
        track: video,
        number: 2,
    });
    plan.server_holds(&status(&BTreeSet::new()));
    let mut steps = Vec::new();
    loop {
        match plan.next(&ledger) {
            Step::SendInit(track, version) => {
                steps.push(format!("init {version}"));
                plan.init_sent(track, version, true);
            }
            Step::Send(key) => {
                steps.push(format!("{} {}", key.track, key.number));
                plan.received(key);
            }
            Step::Wait | Step::Finish => break,
        }
    }
    let at = |what: &str| steps.iter().position(|step| step == what);
    assert!(
        at("init 2").is_some() && at("init 2") < at("video 2"),
        "{steps:?}"
    );
}

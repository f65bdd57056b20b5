mod durability;

use proptest::prelude::*;

use super::*;

const ALL: Parts = Parts {
    microphone: true,
    camera: true,
    events: true,
    previews: true,
};

fn begin(line: Line) -> State {
    State::new(line, ALL, false)
}

fn after(line: Line, ops: &[Op]) -> (State, Vec<Effect>) {
    follow(begin(line), &[&[Op::Opened], ops].concat())
}

fn follow(state: State, ops: &[Op]) -> (State, Vec<Effect>) {
    let mut effects = Vec::new();
    let state = ops.iter().fold(state, |state, op| {
        let (next, reaction) = state.next(*op);
        if let Reaction::Do(effect) = reaction {
            effects.push(effect);
        }
        next
    });
    (state, effects)
}

fn phase(line: Line, ops: &[Op]) -> Phase {
    after(line, ops).0.phase
}

fn refusal(ops: &[Op], op: Op) -> Option<Refusal> {
    match after(Line::Open, ops).0.next(op).1 {
        Reaction::Refused(why) => Some(why),
        _ => None,
    }
}

const SEALED: Op = Op::Sealed { parts: 9 };

#[test]
fn a_take_goes_from_the_countdown_to_the_receipt() {
    let ops = [Op::CountdownOver, Op::DurationReached, SEALED, Op::Uploaded];
    let (state, effects) = after(Line::Open, &ops);
    assert_eq!(state.phase, Phase::Over(Ending::Uploaded));
    assert_eq!(state.cause, Some(Cause::Duration));
    assert_eq!(effects, [Effect::Start, Effect::Stop(Cause::Duration)]);
}

#[test]
fn the_take_goes_on_when_the_server_turns_it_away() {
    let refused = Op::UploadClosed(Ending::Refused);
    assert_eq!(
        phase(Line::Open, &[Op::CountdownOver, refused]),
        Phase::Recording
    );
    assert_eq!(
        phase(Line::Open, &[Op::CountdownOver, refused, Op::Stop, SEALED]),
        Phase::Over(Ending::Refused)
    );
}

#[test]
fn asked_to_stop_twice_it_leaves_the_upload_to_the_next_start() {
    let left = Phase::Over(Ending::Left);
    let after_start =
        |ops: &[Op]| phase(Line::Open, &[&[Op::CountdownOver, Op::Stop], ops].concat());
    assert_eq!(after_start(&[SEALED, Op::Stop]), left);
    assert_eq!(
        after_start(&[Op::Stop]),
        Phase::Stopping,
        "the last parts still get to the disk"
    );
    assert_eq!(after_start(&[Op::Stop, SEALED]), left);
    assert_eq!(after_start(&[Op::Stop, Op::Stop]), left);
}

#[test]
fn a_pause_asked_for_in_the_countdown_is_how_the_take_begins() {
    let toggle = Op::TogglePause;
    let (state, effects) = after(Line::Open, &[toggle, Op::CountdownOver]);
    assert_eq!(
        (state.phase, &effects[..]),
        (Phase::Paused, &[Effect::StartPaused][..])
    );
    let (state, effects) = after(Line::Open, &[Op::Pause, Op::CountdownOver, Op::Resume]);
    assert_eq!(state.phase, Phase::Recording);
    assert_eq!(effects, [Effect::StartPaused, Effect::Resume]);
    assert_eq!(
        phase(Line::Open, &[toggle, toggle, Op::CountdownOver]),
        Phase::Recording,
        "asked for and taken back"
    );
    let (state, _) = follow(begin(Line::Open), &[toggle, Op::Opened, Op::CountdownOver]);
    assert_eq!(state.phase, Phase::Paused, "asked for while devices open");
}

#[test]
fn a_take_stopped_in_its_countdown_leaves_nothing() {
    let (state, effects) = after(Line::Open, &[Op::Stop, Op::Sealed { parts: 0 }]);
    assert_eq!(state.phase, Phase::Over(Ending::Nothing));
    assert_eq!(effects, [Effect::Stop(Cause::Asked)]);
}

#[test]
fn a_prepared_take_begins_when_it_is_asked_for_and_can_be_left() {
    let waiting = State::new(Line::Open, ALL, true);
    let (ready, _) = follow(waiting, &[Op::Opened]);
    assert_eq!(ready.phase, Phase::Ready);
    let (state, effects) = follow(ready, &[Op::CountdownOver, Op::Start, Op::CountdownOver]);
    assert_eq!(state.phase, Phase::Recording);
    assert_eq!(effects, [Effect::Start]);
    assert_eq!(
        follow(waiting, &[Op::Start, Op::Opened]).0.phase,
        Phase::Preparing,
        "asked for before the devices were open"
    );
    for leave in [Op::Stop, Op::Cancel, Op::ControlClosed] {
        assert_eq!(
            follow(ready, &[leave]).0.phase,
            Phase::Over(Ending::NotBegun)
        );
    }
}

#[test]
fn a_full_disk_stops_the_take_and_uploads_what_is_there() {
    let full = Op::DiskFailed { full: true };
    let (state, effects) = after(Line::Open, &[Op::CountdownOver, full, full, SEALED]);
    assert_eq!(
        (state.phase, state.cause),
        (Phase::Uploading, Some(Cause::DiskFull))
    );
    assert_eq!(effects.last(), Some(&Effect::Stop(Cause::DiskFull)));
}

#[test]
fn a_cancelled_take_ends_as_cancelled_whatever_the_server_said_before() {
    for line in [Line::Off, Line::Open, Line::Closed(Ending::Refused)] {
        for before in [
            &[][..],
            &[Op::CountdownOver],
            &[Op::CountdownOver, Op::Pause],
        ] {
            let ops = [before, &[Op::Cancel, SEALED]].concat();
            assert_eq!(phase(line, &ops), Phase::Over(Ending::Cancelled));
        }
    }
    assert_eq!(
        refusal(&[Op::CountdownOver, Op::Stop, SEALED], Op::Cancel),
        Some(Refusal::AlreadyStopped)
    );
}

#[test]
fn a_restart_is_followed_by_another_take_unless_stop_is_asked_for_meanwhile() {
    let restart = [Op::CountdownOver, Op::Restart];
    let ends = |ops: &[Op]| phase(Line::Open, &[&restart, ops].concat());
    assert_eq!(
        ends(&[SEALED]),
        Phase::Over(Ending::Trashed { again: true })
    );
    assert_eq!(
        ends(&[Op::Stop, SEALED]),
        Phase::Over(Ending::Trashed { again: false })
    );
}

#[test]
fn a_command_in_the_wrong_state_is_refused_with_its_reason_and_changes_nothing() {
    let recording = &[Op::CountdownOver][..];
    let stopped = &[Op::CountdownOver, Op::Stop][..];
    for (before, op, why) in [
        (&[][..], Op::Mark, Refusal::NotStarted),
        (&[], Op::Resume, Refusal::NotPaused),
        (recording, Op::Start, Refusal::AlreadyStarted),
        (recording, Op::Resume, Refusal::NotPaused),
        (recording, Op::Unmute, Refusal::NotMuted),
        (
            &[Op::CountdownOver, Op::Pause],
            Op::Pause,
            Refusal::AlreadyPaused,
        ),
        (
            &[Op::CountdownOver, Op::Mute],
            Op::Mute,
            Refusal::AlreadyMuted,
        ),
        (stopped, Op::Pause, Refusal::AlreadyStopped),
        (stopped, Op::Mark, Refusal::AlreadyStopped),
        (stopped, Op::Draw, Refusal::AlreadyStopped),
        (stopped, Op::Face, Refusal::AlreadyStopped),
        (stopped, Op::Restart, Refusal::AlreadyStopped),
        (&[], Op::Choose, Refusal::AlreadyStarted),
        (recording, Op::Choose, Refusal::AlreadyStarted),
        (stopped, Op::Choose, Refusal::AlreadyStopped),
        (stopped, Op::Preview, Refusal::AlreadyStopped),
        (stopped, Op::Effects, Refusal::AlreadyStopped),
    ] {
        let (state, _) = after(Line::Open, before);
        let (next, reaction) = state.next(op);
        assert_eq!(
            (next, reaction),
            (state, Reaction::Refused(why)),
            "{op:?} after {before:?}"
        );
    }
    let bare = State::new(Line::Off, Parts::default(), false);
    let (bare, _) = follow(bare, &[Op::Opened, Op::CountdownOver]);
    assert_eq!(
        [Op::Mute, Op::Face, Op::Mark, Op::Preview].map(|op| bare.next(op).1),
        [
            Refusal::NoMicrophone,
            Refusal::NoCamera,
            Refusal::NoEvents,
            Refusal::NoPreview
        ]
        .map(Reaction::Refused)
    );
}

#[test]
fn a_start_in_the_countdown_ends_it_and_a_pause_before_it_is_kept() {
    let (state, effects) = after(Line::Open, &[Op::Start, Op::CountdownOver]);
    assert_eq!(
        (state.phase, effects),
        (Phase::Recording, vec![Effect::Start])
    );
    let (state, effects) = after(Line::Open, &[Op::Pause, Op::Start]);
    assert_eq!(
        (state.phase, effects),
        (Phase::Paused, vec![Effect::StartPaused])
    );
}

#[test]
fn fifty_pauses_are_fifty_pauses() {
    let mut ops = vec![Op::CountdownOver];
    for _ in 0..50 {
        ops.extend([Op::Pause, Op::Resume]);
    }
    let (state, effects) = after(Line::Open, &ops);
    assert_eq!(state.phase, Phase::Recording);
    let pauses = effects.iter().filter(|e| **e == Effect::Pause).count();
    assert_eq!((pauses, effects.len()), (50, 101));
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => prop::sample::select(vec![
            Op::Start, Op::Stop, Op::Pause, Op::Resume, Op::TogglePause, Op::Restart, Op::Cancel,
            Op::Mute, Op::Unmute, Op::Face, Op::Mark, Op::Draw, Op::Choose, Op::Preview,
            Op::Effects,
        ]),
        4 => prop::sample::select(vec![
            Op::ControlClosed, Op::Opened, Op::CountdownOver, Op::DurationReached,
            Op::CaptureEnded, Op::WindowClosed, Op::TooLong, Op::Uploaded, Op::ServerTimedOut,
        ]),
        4 => prop::sample::select(vec![
            Op::DeviceLost, Op::DeviceBack, Op::ScreenChanged, Op::NetworkAway, Op::NetworkBack,
        ]),
        1 => any::<bool>().prop_map(|full| Op::DiskFailed { full }),
        2 => (0_usize..3).prop_map(|parts| Op::Sealed { parts }),
        1 => Just(Op::UploadClosed(Ending::SignedOut)),
    ]
}

/// What the session and its devices do for the machine, as far as it matters to the rules: whether the devices record,
/// and what was asked of them.
#[derive(Debug, Default)]
struct World {
    runs: bool,
    starts: usize,
    stops: usize,
}

impl World {
    fn perform(&mut self, effect: Effect) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.stops, 0, "{:?} after the stop", effect);
        match effect {
            Effect::Start | Effect::StartPaused => {
                prop_assert_eq!(self.starts, 0);
                self.starts += 1;
                self.runs = effect == Effect::Start;
            }
            Effect::Pause => {
                prop_assert!(self.runs, "a pause of nothing");
                self.runs = false;
            }
            Effect::Resume => {
                prop_assert!(self.starts == 1 && !self.runs, "resumed without a pause");
                self.runs = true;
            }
            Effect::Mark => prop_assert_eq!(self.starts, 1, "a mark in no take"),
            Effect::Choose => prop_assert_eq!(self.starts, 0, "chosen in the middle of a take"),
            Effect::Mute(_) | Effect::Face | Effect::Draw | Effect::Preview | Effect::Effects => {}
            Effect::Stop(_) => {
                self.stops += 1;
                self.runs = false;
            }
        }
        Ok(())
    }
}

/// What must hold from one state to the next, whatever happened.
fn step_holds(
    before: State,
    op: Op,
    after: State,
    reaction: Reaction,
    world: &World,
) -> Result<(), TestCaseError> {
    let records = after.phase == Phase::Recording;
    prop_assert_eq!(world.runs, records, "devices run exactly while it records");
    if let Reaction::Refused(_) = reaction {
        prop_assert_eq!(after, before, "a refused command changes nothing");
    }
    if matches!(before.phase, Phase::Over(_)) {
        prop_assert_eq!(after, before, "what is over stays as it is");
    }
    let harmless = [
        Op::DeviceLost,
        Op::DeviceBack,
        Op::ScreenChanged,
        Op::NetworkAway,
        Op::NetworkBack,
    ];
    if harmless.contains(&op) {
        prop_assert_eq!(after, before, "the take goes on");
    }
    if before.phase != after.phase
        && let Phase::Over(ending) = after.phase
    {
        let discarded = matches!(ending, Ending::Cancelled | Ending::Trashed { .. });
        let asked = matches!(before.cause, Some(Cause::Cancelled | Cause::Restarted));
        prop_assert_eq!(discarded, asked, "only a person discards, and is obeyed");
        if ending == Ending::Uploaded {
            prop_assert_eq!((op, before.line), (Op::Uploaded, Line::Open));
        }
        if ending == Ending::Nothing {
            prop_assert_eq!(
                op,
                Op::Sealed { parts: 0 },
                "parts are never called nothing"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn whatever_happens_nothing_is_lost_and_nothing_is_done_twice(
        ops in prop::collection::vec(any_op(), 0..40),
        line in prop::sample::select(vec![Line::Off, Line::Open, Line::Closed(Ending::SignedOut)]),
        waits in any::<bool>(),
        microphone in any::<bool>(),
    ) {
        let has = Parts { microphone, ..ALL };
        let (mut state, mut world) = (State::new(line, has, waits), World::default());
        for op in ops {
            let (next, reaction) = state.next(op);
            if let Reaction::Do(effect) = reaction {
                world.perform(effect)?;
            }
            step_holds(state, op, next, reaction, &world)?;
            state = next;
        }
    }

    #[test]
    fn from_every_state_three_stops_lead_to_an_end(
        ops in prop::collection::vec(any_op(), 0..40),
        waits in any::<bool>(),
    ) {
        let (state, _) = follow(State::new(Line::Open, ALL, waits), &ops);
        let (state, _) = follow(state, &[Op::Stop, Op::Stop, Op::Stop]);
        prop_assert!(matches!(state.phase, Phase::Over(_)), "{:?}", state);
    }
}

#[test]
fn what_is_chosen_before_the_take_is_opened_first_and_one_that_cannot_be_is_not_recorded() {
    let waiting = State::new(Line::Open, ALL, true);
    let (state, effects) = follow(waiting, &[Op::Choose, Op::Opened, Op::Choose, Op::Start]);
    assert_eq!(effects, [Effect::Choose, Effect::Choose]);
    assert_eq!(state.phase, Phase::Opening);
    let (begun, _) = follow(state, &[Op::Opened]);
    assert_eq!(begun.phase, Phase::Preparing);

    let mut failed = state;
    failed.wait_again();
    let (failed, _) = follow(failed, &[Op::Opened]);
    assert_eq!(failed.phase, Phase::Ready);

    let (mut muted, _) = follow(waiting, &[Op::Opened, Op::Mute, Op::Choose]);
    muted.chosen(Parts {
        microphone: false,
        ..ALL
    });
    assert!(!muted.muted, "there is nothing left to be muted");
}

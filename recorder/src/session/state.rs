//! The take as a machine: `next(state, event) → (state, effects)`. Pure, so that every order of
//! events can be tried.
//!
//! The upload runs beside the phases. It may give up (signed out, refused) while the
//! take goes on; only when everything is on disk does it decide how the take ends.

/// Where a take is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The link is out, the devices are open, nothing is recorded yet.
    Preparing,
    Recording,
    Paused,
    /// The devices are closing, the last parts come off the encoders.
    Stopping,
    /// Everything is on disk; the server lacks some of it.
    Uploading,
    Over(Ending),
}

/// How a take ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every part is on the server, proved by its receipt.
    Uploaded,
    /// It stays on this computer, as was asked for or because there is no server.
    StaysHere,
    /// It stays here until somebody signs in.
    SignedOut,
    /// It stays here: the server does not take it.
    Refused,
    /// It stays here: some of it can neither be read here nor is it on the server.
    Damaged,
    /// It stays here: the server did not answer for too long.
    NoAnswer,
    /// It stays here: a person did not want to wait.
    Left,
    /// Stopped before the first part; nothing is left of it anywhere.
    Nothing,
}

/// Why recording stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A person, or the program that steers.
    Asked,
    /// The wished length is reached.
    Duration,
    /// The screen or an encoder is gone.
    CaptureEnded,
    /// The window that was recorded was closed: the take ends as it should.
    WindowClosed,
    /// As many parts as a server takes.
    TooLong,
    DiskFull,
    /// The disk failed in another way.
    DiskFailed,
}

/// How the upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// There is none.
    Off,
    Open,
    /// It stopped for good, and this is how the take will end.
    Closed(Ending),
}

/// What apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    CountdownOver,
    StopRequested,
    PauseToggled,
    DurationReached,
    CaptureEnded,
    WindowClosed,
    /// A track has nearly as many parts as a server takes.
    TooLong,
    DiskFailed {
        full: bool,
    },
    /// The devices are closed and every part is on disk.
    Sealed {
        parts: usize,
    },
    /// The server has proved that it holds everything.
    Uploaded,
    /// The upload stopped for good.
    UploadClosed(Ending),
    /// Nobody answered for longer than anybody wants to wait.
    ServerTimedOut,
}

/// What to do with the devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Start,
    /// The take begins with a pause; nothing is recorded before the first `Resume`.
    StartPaused,
    Pause,
    Resume,
    /// Close the devices and report `Sealed`.
    Stop(Cause),
}

/// The whole state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) line: Line,
    pub(super) cause: Option<Cause>,
    /// A person asked to stop a second time.
    leaving: bool,
    /// A pause was asked for before the take began.
    start_paused: bool,
}

impl State {
    pub(super) const fn new(line: Line) -> Self {
        Self {
            phase: Phase::Preparing,
            line,
            cause: None,
            leaving: false,
            start_paused: false,
        }
    }

    /// A pause was asked for while the devices opened.
    #[must_use]
    pub(super) const fn starting_paused(mut self, paused: bool) -> Self {
        self.start_paused = paused;
        self
    }

    /// The next state, and what to do on the way there.
    #[must_use]
    pub(super) fn next(mut self, event: Event) -> (Self, Option<Effect>) {
        let effect = match (self.phase, event) {
            (Phase::Over(_), _) => None,

            (Phase::Preparing, Event::PauseToggled) => {
                self.start_paused = !self.start_paused;
                None
            }
            (Phase::Preparing, Event::CountdownOver) if self.start_paused => {
                self.go(Phase::Paused, Effect::StartPaused)
            }
            (Phase::Preparing, Event::CountdownOver) => self.go(Phase::Recording, Effect::Start),
            (Phase::Recording, Event::PauseToggled) => self.go(Phase::Paused, Effect::Pause),
            (Phase::Paused, Event::PauseToggled) => self.go(Phase::Recording, Effect::Resume),

            (_, Event::StopRequested) => self.stop_requested(),
            (_, Event::DurationReached) => self.stop(Cause::Duration),
            (_, Event::TooLong) => self.stop(Cause::TooLong),
            (_, Event::CaptureEnded) => self.stop(Cause::CaptureEnded),
            (_, Event::WindowClosed) => self.stop(Cause::WindowClosed),
            (_, Event::DiskFailed { full: true }) => self.stop(Cause::DiskFull),
            (_, Event::DiskFailed { full: false }) => self.stop(Cause::DiskFailed),

            (Phase::Stopping, Event::Sealed { parts: 0 }) => self.over(Ending::Nothing),
            (Phase::Stopping, Event::Sealed { .. }) => match self.line {
                Line::Off => self.over(Ending::StaysHere),
                Line::Closed(ending) => self.over(ending),
                Line::Open if self.leaving => self.over(Ending::Left),
                Line::Open => {
                    self.phase = Phase::Uploading;
                    None
                }
            },
            (_, Event::UploadClosed(ending)) => {
                self.line = Line::Closed(ending);
                if self.phase == Phase::Uploading {
                    self.over(ending)
                } else {
                    None
                }
            }
            (Phase::Uploading, Event::Uploaded) => self.over(Ending::Uploaded),
            (Phase::Uploading, Event::ServerTimedOut) => self.over(Ending::NoAnswer),

            _ => None,
        };
        (self, effect)
    }

    const fn go(&mut self, phase: Phase, effect: Effect) -> Option<Effect> {
        self.phase = phase;
        Some(effect)
    }

    const fn over(&mut self, ending: Ending) -> Option<Effect> {
        self.phase = Phase::Over(ending);
        None
    }

    const fn stop(&mut self, cause: Cause) -> Option<Effect> {
        match self.phase {
            Phase::Preparing | Phase::Recording | Phase::Paused => {
                self.cause = Some(cause);
                self.go(Phase::Stopping, Effect::Stop(cause))
            }
            Phase::Stopping | Phase::Uploading | Phase::Over(_) => None,
        }
    }

    const fn stop_requested(&mut self) -> Option<Effect> {
        match self.phase {
            // Even a device that does not close must not keep a person who asks three times.
            Phase::Stopping if self.leaving => self.over(Ending::Left),
            Phase::Stopping => {
                self.leaving = true;
                None
            }
            Phase::Uploading => self.over(Ending::Left),
            Phase::Preparing | Phase::Recording | Phase::Paused | Phase::Over(_) => {
                self.stop(Cause::Asked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(line: Line, events: &[Event]) -> (State, Vec<Effect>) {
        let mut effects = Vec::new();
        let state = events.iter().fold(State::new(line), |state, event| {
            let (next, effect) = state.next(*event);
            effects.extend(effect);
            next
        });
        (state, effects)
    }

    const SEALED: Event = Event::Sealed { parts: 9 };

    #[test]
    fn a_take_goes_from_the_countdown_to_the_receipt() {
        let (state, effects) = after(
            Line::Open,
            &[
                Event::CountdownOver,
                Event::DurationReached,
                SEALED,
                Event::Uploaded,
            ],
        );
        assert_eq!(state.phase, Phase::Over(Ending::Uploaded));
        assert_eq!(state.cause, Some(Cause::Duration));
        assert_eq!(effects, [Effect::Start, Effect::Stop(Cause::Duration)]);
    }

    #[test]
    fn the_take_goes_on_when_the_server_turns_it_away() {
        let refused = Event::UploadClosed(Ending::Refused);
        let (state, _) = after(Line::Open, &[Event::CountdownOver, refused]);
        assert_eq!(state.phase, Phase::Recording);
        let (state, _) = after(
            Line::Open,
            &[Event::CountdownOver, refused, Event::StopRequested, SEALED],
        );
        assert_eq!(state.phase, Phase::Over(Ending::Refused));
    }

    #[test]
    fn asked_to_stop_twice_it_leaves_the_upload_to_the_next_start() {
        let start = [Event::CountdownOver, Event::StopRequested];
        let (state, _) = after(
            Line::Open,
            &[&start[..], &[SEALED, Event::StopRequested]].concat(),
        );
        assert_eq!(state.phase, Phase::Over(Ending::Left));
        let (state, _) = after(Line::Open, &[&start[..], &[Event::StopRequested]].concat());
        assert_eq!(
            state.phase,
            Phase::Stopping,
            "the last parts still get to the disk"
        );
        let (state, _) = after(
            Line::Open,
            &[&start[..], &[Event::StopRequested, SEALED]].concat(),
        );
        assert_eq!(state.phase, Phase::Over(Ending::Left));
        let (state, _) = after(
            Line::Open,
            &[&start[..], &[Event::StopRequested, Event::StopRequested]].concat(),
        );
        assert_eq!(state.phase, Phase::Over(Ending::Left));
    }

    #[test]
    fn a_pause_asked_for_in_the_countdown_is_how_the_take_begins() {
        let toggle = Event::PauseToggled;
        let (state, effects) = after(Line::Open, &[toggle, Event::CountdownOver]);
        assert_eq!(
            (state.phase, &effects[..]),
            (Phase::Paused, &[Effect::StartPaused][..])
        );
        let (state, effects) = after(Line::Open, &[toggle, Event::CountdownOver, toggle]);
        assert_eq!(state.phase, Phase::Recording);
        assert_eq!(effects, [Effect::StartPaused, Effect::Resume]);
        let (state, _) = after(Line::Open, &[toggle, toggle, Event::CountdownOver]);
        assert_eq!(state.phase, Phase::Recording, "asked for and taken back");
    }

    #[test]
    fn a_take_stopped_in_its_countdown_leaves_nothing() {
        let (state, effects) = after(
            Line::Open,
            &[Event::StopRequested, Event::Sealed { parts: 0 }],
        );
        assert_eq!(state.phase, Phase::Over(Ending::Nothing));
        assert_eq!(effects, [Effect::Stop(Cause::Asked)]);
    }

    #[test]
    fn a_full_disk_stops_the_take_and_uploads_what_is_there() {
        let full = Event::DiskFailed { full: true };
        let (state, effects) = after(Line::Open, &[Event::CountdownOver, full, full, SEALED]);
        assert_eq!(
            (state.phase, state.cause),
            (Phase::Uploading, Some(Cause::DiskFull))
        );
        assert_eq!(effects.last(), Some(&Effect::Stop(Cause::DiskFull)));
    }

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::CountdownOver),
            Just(Event::StopRequested),
            Just(Event::PauseToggled),
            Just(Event::DurationReached),
            Just(Event::CaptureEnded),
            Just(Event::WindowClosed),
            Just(Event::TooLong),
            any::<bool>().prop_map(|full| Event::DiskFailed { full }),
            (0_usize..3).prop_map(|parts| Event::Sealed { parts }),
            Just(Event::Uploaded),
            Just(Event::UploadClosed(Ending::SignedOut)),
            Just(Event::ServerTimedOut),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_the_devices_are_opened_and_closed_at_most_once(
            events in proptest::collection::vec(any_event(), 0..30),
            off in any::<bool>(),
        ) {
            let (state, effects) = after(if off { Line::Off } else { Line::Open }, &events);
            let starts = effects
                .iter()
                .filter(|e| matches!(e, Effect::Start | Effect::StartPaused))
                .count();
            let stops = effects.iter().filter(|e| matches!(e, Effect::Stop(_))).count();
            prop_assert!(starts <= 1 && stops <= 1);
            if let Some(at) = effects.iter().position(|e| matches!(e, Effect::Stop(_))) {
                prop_assert_eq!(at, effects.len() - 1, "nothing is captured after the stop");
            }
            if state.phase == Phase::Over(Ending::Uploaded) {
                prop_assert!(events.contains(&Event::Uploaded) && !off);
            }
        }

        #[test]
        fn a_take_that_is_over_stays_as_it_is(
            events in proptest::collection::vec(any_event(), 0..30),
            more in any_event(),
        ) {
            let (state, _) = after(Line::Open, &events);
            if matches!(state.phase, Phase::Over(_)) {
                prop_assert_eq!(state.next(more), (state, None));
            }
        }
    }
}

use super::*;

const STEP: Duration = Duration::from_millis(250);

fn fine(now: Mono) -> Sample {
    Sample {
        now,
        recording: true,
        microphone_clips: false,
        system_silent: false,
        picture_due: Duration::ZERO,
        picture_black: false,
        camera_dark: false,
        frames_captured: now.nanos() / 33_000_000,
        frames_dropped: 0,
        frames_waiting: 1,
        disk_free: Some(100 << 30),
        written: 50 << 20,
        media: Duration::from_secs(100),
        behind: Some(Duration::from_secs(1)),
    }
}

/// What is wrong with a sample `wrong_for` after it began to be.
type Fault = fn(&mut Sample, Duration);

const FAULTS: [(Watch, Fault); 9] = [
    (Watch::SystemSilent, |s, _| s.system_silent = true),
    (Watch::MicrophoneClips, |s, _| s.microphone_clips = true),
    (Watch::PictureFrozen, |s, since| s.picture_due = since),
    (Watch::PictureBlack, |s, _| s.picture_black = true),
    (Watch::CameraDark, |s, _| s.camera_dark = true),
    (Watch::FramesDropped, |s, since| {
        // Every tenth of thirty a second.
        s.frames_dropped = u64::try_from(since.as_millis() / 333).unwrap();
    }),
    (Watch::EncoderBehind, |s, _| s.frames_waiting = 15),
    (Watch::DiskLow, |s, _| s.disk_free = Some(100 << 20)),
    (Watch::UploadBehind, |s, _| {
        s.behind = Some(Duration::from_secs(11));
    }),
];

struct Run {
    watchdog: Watchdog,
    now: Mono,
    changes: Vec<(Duration, Change)>,
}

impl Run {
    fn new() -> Self {
        Self {
            watchdog: Watchdog::default(),
            now: Mono::from_nanos(0),
            changes: Vec::new(),
        }
    }

    /// So long, with this fault.
    fn go(&mut self, span: Duration, fault: Option<Fault>, recording: bool) -> &mut Self {
        let begin = self.now;
        while self.now.since(begin) < span {
            self.now = self.now + STEP;
            let mut sample = fine(self.now);
            sample.recording = recording;
            if let Some(fault) = fault {
                fault(&mut sample, self.now.since(begin));
            }
            let changes = self.watchdog.look(&sample);
            let after = self.now.since(begin);
            self.changes.extend(changes.into_iter().map(|c| (after, c)));
        }
        self
    }

    fn told(&mut self) -> Vec<(Duration, Change)> {
        std::mem::take(&mut self.changes)
    }
}

#[test]
fn each_fault_is_told_once_within_three_seconds_and_taken_back_with_a_word_of_its_return() {
    let seconds = Duration::from_secs;
    for (watch, fault) in FAULTS {
        let mut run = Run::new();
        run.go(seconds(20), None, true);
        assert_eq!(run.told(), [], "{watch:?}: nothing is wrong");
        run.go(seconds(20), Some(fault), true);
        let told = run.told();
        assert_eq!(told.len(), 1, "{told:?}");
        let (after, change) = &told[0];
        assert!(*after <= seconds(3), "{watch:?} after {after:?}");
        assert_eq!((change.watch, change.raised), (watch, true));
        run.go(seconds(20), None, true);
        let told = run.told();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].1.watch, told[0].1.raised), (watch, false));
    }
}

#[test]
fn what_lasts_a_moment_only_is_not_told() {
    for (watch, fault) in FAULTS {
        if watch.patience() < LASTING {
            continue;
        }
        let mut run = Run::new();
        run.go(Duration::from_secs(5), None, true)
            .go(Duration::from_secs(1), Some(fault), true)
            .go(Duration::from_secs(5), None, true);
        assert_eq!(run.told(), [], "{watch:?}");
    }
}

#[test]
fn a_program_that_was_suspended_finds_nothing_wrong_with_what_stood_still() {
    let frozen: Fault = |s, since| s.picture_due = Duration::from_secs(6) + since;
    let mut run = Run::new();
    run.go(Duration::from_secs(5), None, true);
    run.now = run.now + Duration::from_secs(6);
    run.go(Duration::from_millis(1_500), Some(frozen), true)
        .go(Duration::from_secs(5), None, true);
    assert_eq!(run.told(), []);
    run.go(Duration::from_secs(5), Some(frozen), true);
    assert_eq!(run.told().len(), 1, "later it is judged again");
}

#[test]
fn nothing_is_judged_in_a_pause() {
    for (watch, fault) in FAULTS {
        let mut run = Run::new();
        run.go(Duration::from_secs(5), None, true)
            .go(Duration::from_secs(60), Some(fault), false)
            .go(Duration::from_secs(5), None, true);
        assert_eq!(run.told(), [], "{watch:?}");
    }
}

#[test]
fn a_figure_that_wavers_about_its_limit_does_not_flicker() {
    let mut run = Run::new();
    run.go(
        Duration::from_secs(5),
        Some(|s, _| s.behind = Some(Duration::from_secs(11))),
        true,
    );
    for _ in 0..10 {
        run.go(
            Duration::from_secs(2),
            Some(|s, _| s.behind = Some(Duration::from_secs(9))),
            true,
        );
        run.go(
            Duration::from_secs(2),
            Some(|s, _| s.behind = Some(Duration::from_secs(11))),
            true,
        );
    }
    assert_eq!(run.told().len(), 1);
}

#[test]
fn a_low_disk_says_how_many_minutes_are_left_at_the_rate_of_the_take() {
    let mut run = Run::new();
    // 10 MiB a second, 3000 MiB left: five minutes.
    run.go(
        Duration::from_secs(1),
        Some(|s, _| {
            s.written = 1000 << 20;
            s.disk_free = Some(3000 << 20);
        }),
        true,
    );
    let told = run.told();
    assert!(told[0].1.message.contains("5 more minutes"), "{told:?}");
}

#[test]
fn no_two_alarms_share_a_code() {
    let mut codes: Vec<&str> = Watch::ALL
        .iter()
        .flat_map(|w| [w.codes().0, w.codes().1])
        .collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 2 * Watch::ALL.len());
    for (n, watch) in Watch::ALL.iter().enumerate() {
        assert_eq!(*watch as usize, n);
    }
}

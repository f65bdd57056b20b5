use std::time::Duration;

use proptest::prelude::*;

use super::*;

const BLOCK: u64 = 960;
const START: f64 = 5.0;

fn at(seconds: f64) -> Mono {
    mono(seconds * 1e9)
}

/// A microphone whose crystal is off by `ppm` and whose stamps jitter.
struct Device {
    ppm: f64,
    sent: u64,
    noise: u64,
    /// Seconds the device slept.
    slept: f64,
}

impl Device {
    fn new(ppm: f64) -> Self {
        Self {
            ppm,
            sent: 0,
            noise: 1,
            slept: 0.0,
        }
    }
    fn true_time(&self, sample: u64) -> f64 {
        START + self.slept + sample as f64 / (48_000.0 * (1.0 + self.ppm * 1e-6))
    }
    fn random(&mut self) -> f64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.noise >> 40) as f64 / f64::from(1 << 24)
    }
    /// Captured as the device says, and truly, in seconds; `jitter` in seconds, both ways.
    fn next(&mut self, jitter: f64) -> (Mono, f64) {
        let begin = self.true_time(self.sent);
        self.sent += BLOCK;
        (at(begin + (self.random() - 0.5) * 2.0 * jitter), begin)
    }
}

fn error_ms(mapped: &Mapped, begin: f64) -> f64 {
    (mapped.at.nanos() as f64 * 1e-9 - begin) * 1e3
}

#[test]
fn a_microphone_running_300_ppm_fast_stays_within_40_ms_of_the_picture_for_an_hour() {
    for ppm in [300.0, -300.0, 0.0, 100.0] {
        let (mut device, mut clock, mut worst) =
            (Device::new(ppm), SourceClock::new(48_000), 0.0_f64);
        clock.settle();
        for _ in 0..50 * 3600 {
            let (captured, begin) = device.next(0.008);
            let mapped = clock.map(captured, BLOCK);
            assert!(
                matches!(mapped.outcome, Outcome::First | Outcome::Steady),
                "{ppm} ppm: {mapped:?}"
            );
            worst = worst.max(error_ms(&mapped, begin).abs());
        }
        assert!(worst < 15.0, "{ppm} ppm: {worst} ms");
        assert!(
            (clock.correction_ppm() + ppm).abs() < 100.0,
            "{ppm} ppm is met by {}",
            clock.correction_ppm()
        );
    }
}

#[test]
fn what_is_seen_before_the_take_puts_its_first_sample_right() {
    let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
    let mut last = 0.0;
    for n in 0..40 {
        let (captured, begin) = device.next(0.010);
        // The first stamp is 60 ms off, as a device that wakes up may say.
        let captured = if n == 0 {
            captured + Duration::from_millis(60)
        } else {
            captured
        };
        last = error_ms(&clock.map(captured, BLOCK), begin);
    }
    assert!(last.abs() < 6.0, "{last} ms");
}

#[test]
fn a_first_stamp_that_was_late_is_met_by_the_fourth_block() {
    let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
    let mut last = 0.0;
    for n in 0..4 {
        let (captured, begin) = device.next(0.0);
        // The answers of a sound server that has just begun to capture: two are late.
        let late = Duration::from_millis(if n < 2 { 17 } else { 0 });
        last = error_ms(&clock.map(captured + late, BLOCK), begin);
    }
    assert!(last.abs() < 1.0, "{last} ms");
}

#[test]
fn sound_that_stands_a_little_late_is_stretched_back_and_not_skipped() {
    for (late, skips) in [(17, false), (35, false), (60, true)] {
        let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
        clock.settle();
        let (mut skipped, mut last) = (false, 0.0);
        for n in 0..50 * 180 {
            let (captured, begin) = device.next(0.002);
            let first = Duration::from_millis(if n == 0 { late } else { 0 });
            let mapped = clock.map(captured + first, BLOCK);
            skipped |= matches!(mapped.outcome, Outcome::Overlap { .. });
            last = error_ms(&mapped, begin);
        }
        assert_eq!(skipped, skips, "{late} ms");
        assert!(last.abs() < 5.0, "{late} ms: {last} ms are left");
    }
}

#[test]
fn a_hole_is_filled_with_silence_of_its_length() {
    let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
    clock.settle();
    for _ in 0..100 {
        let (captured, _) = device.next(0.002);
        clock.map(captured, BLOCK);
    }
    device.slept = 5.0;
    let (captured, begin) = device.next(0.002);
    let mapped = clock.map(captured, BLOCK);
    let Outcome::Gap { samples } = mapped.outcome else {
        panic!("{mapped:?}")
    };
    assert!(samples.abs_diff(240_000) < 300, "{samples}");
    assert!(error_ms(&mapped, begin).abs() < 5.0);
}

#[test]
fn a_small_hole_that_lasts_is_found_within_a_second_and_a_half() {
    let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
    clock.settle();
    for _ in 0..100 {
        let (captured, _) = device.next(0.002);
        clock.map(captured, BLOCK);
    }
    device.slept = 0.060;
    let found = (0..75).any(|_| {
        let (captured, _) = device.next(0.002);
        matches!(clock.map(captured, BLOCK).outcome, Outcome::Gap { .. })
    });
    assert!(found);
}

#[test]
fn one_late_block_is_no_hole() {
    let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
    clock.settle();
    for n in 0..200 {
        let (captured, _) = device.next(0.002);
        let late = Duration::from_millis(if n % 50 == 49 { 90 } else { 0 });
        let mapped = clock.map(captured + late, BLOCK);
        assert!(
            matches!(mapped.outcome, Outcome::First | Outcome::Steady),
            "{mapped:?}"
        );
    }
}

#[test]
fn sound_that_comes_after_its_silence_was_filled_in_is_skipped() {
    let (mut device, mut clock) = (Device::new(0.0), SourceClock::new(48_000));
    clock.settle();
    let (captured, _) = device.next(0.0);
    clock.map(captured, BLOCK);
    clock.filled_until(at(START + 1.0));
    let (captured, _) = device.next(0.0);
    let mapped = clock.map(captured, BLOCK);
    assert_eq!(mapped.outcome, Outcome::Overlap { samples: BLOCK });
    assert_eq!(mapped.samples, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocks_never_run_backwards_and_never_overlap(
        steps in prop::collection::vec((0_u64..4000, -80_000_000_i64..80_000_000, 0_u64..3_000_000_000), 1..300),
        settle in any::<bool>(),
    ) {
        let mut clock = SourceClock::new(48_000);
        if settle { clock.settle(); }
        let (mut now, mut end) = (3_000_000_000_u64, 0_u64);
        for (samples, jitter, sleep) in steps {
            now += samples * 1_000_000_000 / 48_000 + if sleep > 2_500_000_000 { sleep } else { 0 };
            let captured = Mono::from_nanos(now.saturating_add_signed(jitter));
            let mapped = clock.map(captured, samples);
            prop_assert!(mapped.samples <= samples);
            prop_assert!(mapped.seconds >= 0.0);
            prop_assert!(clock.correction_ppm().abs() <= MAX_CORRECTION_PPM + 1e-9);
            if settle {
                // Rounding to whole nanoseconds.
                prop_assert!(mapped.at.nanos() + 2 >= end, "{} after {end}", mapped.at.nanos());
            }
            end = clock.end().unwrap().nanos();
        }
    }
}

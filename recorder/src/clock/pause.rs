//! Pauses, cut from every track at one place. Pure.

use super::Mono;

/// Where an instant falls on the timeline without its pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Recorded; nanoseconds of media before this instant.
    Running(i64),
    /// Inside a pause; nanoseconds of media before the pause.
    Paused(i64),
}

/// The spans that are left out. Spans are added in the order of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PauseMap {
    /// Begin and end of each pause; only the last may still be open.
    spans: Vec<(Mono, Option<Mono>)>,
}

impl PauseMap {
    /// Begins a pause; nothing happens if one is open.
    pub fn pause(&mut self, at: Mono) {
        match self.spans.last() {
            Some((_, None)) => {}
            Some((_, Some(end))) => {
                let at = at.max(*end);
                self.spans.push((at, None));
            }
            None => self.spans.push((at, None)),
        }
    }

    /// Ends the open pause; nothing happens if none is.
    pub fn resume(&mut self, at: Mono) {
        if let Some((begin, end @ None)) = self.spans.last_mut() {
            *end = Some(at.max(*begin));
        }
    }

    pub fn is_paused(&self) -> bool {
        matches!(self.spans.last(), Some((_, None)))
    }

    /// Begin of each pause and its end, if it has ended.
    pub fn spans(&self) -> &[(Mono, Option<Mono>)] {
        &self.spans
    }

    /// Media between `zero` and `at`, pauses left out. Negative before `zero`.
    pub fn cut(&self, zero: Mono, at: Mono) -> Cut {
        let mut media = at.offset_from(zero);
        for (begin, end) in &self.spans {
            // What lies before the first picture was never on the timeline.
            let begin = (*begin).max(zero);
            if at < begin {
                break;
            }
            match end {
                Some(end) if at >= *end => {
                    media -= (*end).max(begin).offset_from(begin);
                }
                _ => {
                    media -= at.offset_from(begin);
                    return Cut::Paused(media);
                }
            }
        }
        Cut::Running(media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(n: u64) -> Mono {
        Mono::from_nanos(n * 1_000_000)
    }

    #[test]
    fn a_pause_leaves_no_hole() {
        let mut map = PauseMap::default();
        map.pause(ms(300));
        assert_eq!(map.cut(ms(100), ms(400)), Cut::Paused(200_000_000));
        map.resume(ms(500));
        assert_eq!(map.cut(ms(100), ms(299)), Cut::Running(199_000_000));
        assert_eq!(map.cut(ms(100), ms(300)), Cut::Paused(200_000_000));
        assert_eq!(map.cut(ms(100), ms(500)), Cut::Running(200_000_000));
        assert_eq!(map.cut(ms(100), ms(600)), Cut::Running(300_000_000));
    }

    #[test]
    fn a_pause_before_the_first_picture_costs_nothing() {
        let mut map = PauseMap::default();
        map.pause(ms(10));
        map.resume(ms(50));
        assert_eq!(map.cut(ms(100), ms(150)), Cut::Running(50_000_000));
    }

    proptest! {
        #[test]
        fn media_time_never_runs_backwards(steps in prop::collection::vec((1_u64..2000, any::<bool>()), 1..60)) {
            let zero = ms(5);
            let (mut map, mut now, mut last) = (PauseMap::default(), 5_u64, 0_i64);
            for (step, toggle) in steps {
                now += step;
                if toggle {
                    if map.is_paused() { map.resume(ms(now)) } else { map.pause(ms(now)) }
                }
                let (Cut::Running(media) | Cut::Paused(media)) = map.cut(zero, ms(now));
                prop_assert!(media >= last, "{media} after {last}");
                prop_assert!(media <= ms(now).offset_from(zero));
                last = media;
            }
        }
    }
}

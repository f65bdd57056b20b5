//! Encoded samples become parts. A picture lasts until the next one comes, so the newest is
//! held back; decode times follow each other without gap or overlap.

use aside_protocol::cmaf::{self, Sample};
use aside_protocol::recording::{FIRST_INIT, TrackName};
use bytes::Bytes;

use super::PartRule;
use crate::encode::{EncodeError, Encoded};

/// A part that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub number: u32,
    pub start: u64,
    pub duration: u64,
    pub independent: bool,
    pub bytes: Bytes,
    /// Version of the init that it is decoded with.
    pub init: u32,
}

/// Gathers the samples of one track.
#[derive(Debug)]
pub struct PartWriter {
    track: TrackName,
    rule: PartRule,
    number: u32,
    /// Samples of the open part, where it begins, and how long it is so far.
    open: Vec<Sample>,
    start: u64,
    length: u64,
    size: usize,
    pending: Option<Encoded>,
    done: Vec<Part>,
    /// Version of the init of the open part.
    init: u32,
    /// The next sample begins another version.
    init_ends: bool,
}

impl PartWriter {
    pub fn new(track: TrackName, rule: PartRule) -> Self {
        Self {
            track,
            rule,
            number: 0,
            open: Vec::new(),
            start: 0,
            length: 0,
            size: 0,
            pending: None,
            done: Vec::new(),
            init: FIRST_INIT,
            init_ends: false,
        }
    }

    /// Another encoder makes the samples from the next one on, which is an IDR: they are decoded with another init. Answers its
    /// version: the first counts from the start, a later one once it has a sample.
    pub fn change_init(&mut self) -> u32 {
        self.init_ends = true;
        self.next_init()
    }

    /// Version of the init of the sample that comes next.
    pub fn next_init(&self) -> u32 {
        self.init + u32::from(self.init_ends)
    }

    /// Parts written so far.
    pub fn count(&self) -> u32 {
        self.number
    }

    /// Decode time behind everything that has its duration: where the next part or sample begins.
    pub fn end(&self) -> u64 {
        self.start + self.length
    }

    /// How long the open part has to become to end with its current sample, beyond what it is.
    pub fn missing(&self) -> u64 {
        self.rule.missing(self.length)
    }

    /// Takes the next sample; the one before it lasts until `encoded.pts`.
    pub fn push(&mut self, encoded: Encoded) -> Result<(), EncodeError> {
        self.complete(encoded.pts)?;
        if self.init_ends && !encoded.idr {
            return Err(EncodeError::Unexpected(
                "a picture of another encoder that does not stand alone",
            ));
        }
        if encoded.idr {
            self.seal_open()?;
        }
        if self.init_ends {
            (self.init, self.init_ends) = (self.init + 1, false);
        }
        self.pending = Some(encoded);
        Ok(())
    }

    /// Takes a sample whose length is known, as every sound frame's is.
    pub fn push_timed(&mut self, encoded: Encoded, duration: u64) -> Result<(), EncodeError> {
        let end = encoded.pts + duration;
        self.pending = Some(encoded);
        self.complete(end)
    }

    /// Seals what is complete; the newest picture stays, since nobody knows yet how long it lasts.
    pub fn seal_complete(&mut self) -> Result<(), EncodeError> {
        self.seal_open()
    }

    /// Seals everything; the newest sample lasts until `end`.
    pub fn seal_all(&mut self, end: u64) -> Result<(), EncodeError> {
        self.complete(end)?;
        self.seal_open()
    }

    /// Start of the newest sample, whose length nobody knows yet.
    pub fn pending(&self) -> Option<u64> {
        self.pending.as_ref().map(|p| p.pts)
    }

    /// Takes the parts that were sealed.
    pub fn take(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.done)
    }

    fn complete(&mut self, until: u64) -> Result<(), EncodeError> {
        let Some(sample) = self.pending.take() else {
            return Ok(());
        };
        let duration = until.saturating_sub(sample.pts).max(1);
        if self
            .rule
            .ends_before(self.length, self.size, duration, sample.data.len())
        {
            self.seal_open()?;
        }
        if self.open.is_empty() {
            self.start = sample.pts;
        }
        self.length += duration;
        self.size += sample.data.len();
        let duration = u32::try_from(duration).unwrap_or(u32::MAX);
        self.open.push(Sample {
            duration,
            sync: sample.idr,
            data: sample.data,
        });
        if self.rule.ends_after(self.length) {
            self.seal_open()?;
        }
        Ok(())
    }

    fn seal_open(&mut self) -> Result<(), EncodeError> {
        if self.open.is_empty() {
            return Ok(());
        }
        let bytes = cmaf::write_part(self.number, self.start, self.track.kind(), &self.open)
            .map_err(|e| EncodeError::Part(e.to_string()))?;
        let independent = self.open.first().is_some_and(|s| s.sync);
        self.done.push(Part {
            number: self.number,
            start: self.start,
            duration: self.length,
            independent,
            bytes,
            init: self.init,
        });
        self.open.clear();
        self.number += 1;
        self.start += self.length;
        (self.length, self.size) = (0, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::RepeatRule;
    use aside_protocol::recording::PART_TARGET_MICROS;
    use proptest::prelude::*;

    fn picture(pts: u64, idr: bool) -> Encoded {
        Encoded {
            pts,
            idr,
            data: Bytes::from_static(b"\0\0\0\x01\x65"),
        }
    }

    #[test]
    fn a_segment_begins_a_part_even_in_the_middle_of_one() {
        let mut writer = PartWriter::new(TrackName::Video, PartRule::video());
        for n in 0..20 {
            writer.push(picture(n * 3000, n == 0 || n == 7)).unwrap();
        }
        writer.seal_all(60_000).unwrap();
        let parts = writer.take();
        let seen: Vec<_> = parts
            .iter()
            .map(|p| (p.start, p.duration, p.independent))
            .collect();
        assert_eq!(seen, [(0, 21_000, true), (21_000, 39_000, true)]);
    }

    #[test]
    fn another_init_begins_a_part_with_an_idr_and_is_counted_once_it_has_a_sample() {
        let mut writer = PartWriter::new(TrackName::Video, PartRule::video());
        for n in 0..10 {
            if n == 4 {
                assert_eq!((writer.change_init(), writer.change_init()), (2, 2));
                assert!(writer.push(picture(n * 3000, false)).is_err());
            }
            writer.push(picture(n * 3000, n == 0 || n == 4)).unwrap();
        }
        writer.change_init();
        writer.seal_all(30_000).unwrap();
        let seen: Vec<_> = writer
            .take()
            .iter()
            .map(|p| (p.start, p.duration, p.independent, p.init))
            .collect();
        assert_eq!(seen, [(0, 12_000, true, 1), (12_000, 18_000, true, 2)]);
    }

    /// What the track does: the last picture is repeated where a part would become too long.
    fn written(steps: &[(u64, bool)]) -> (Vec<Part>, u64, Vec<u64>) {
        let mut writer = PartWriter::new(TrackName::Video, PartRule::video());
        let mut repeats = RepeatRule::video();
        let (mut pts, mut idrs) = (0, vec![]);
        for (n, (step, idr)) in steps.iter().enumerate() {
            while let Some(at) = repeats.repeat_at().filter(|at| *at < pts) {
                writer.push(picture(at, false)).unwrap();
                repeats.picture(at, false);
            }
            let idr = *idr || n == 0;
            if idr {
                idrs.push(pts);
            }
            writer.push(picture(pts, idr)).unwrap();
            repeats.picture(pts, idr);
            pts += step;
        }
        while let Some(at) = repeats.repeat_at().filter(|at| *at < pts) {
            writer.push(picture(at, false)).unwrap();
            repeats.picture(at, false);
        }
        writer.seal_all(pts).unwrap();
        (writer.take(), pts, idrs)
    }

    proptest! {
        #[test]
        fn parts_follow_each_other_and_keep_to_the_target(
            steps in prop::collection::vec((prop_oneof![1_u64..=9_000, 1_u64..=200_000], prop::bool::weighted(0.1)), 1..120),
        ) {
            let (parts, end, idrs) = written(&steps);
            let target = 90_000 * PART_TARGET_MICROS / 1_000_000;
            let mut at = 0;
            for (n, part) in parts.iter().enumerate() {
                prop_assert_eq!(part.start, at);
                prop_assert_eq!(part.number as usize, n);
                prop_assert!(part.duration <= target);
                let last_of_segment = parts.get(n + 1).is_none_or(|next| next.independent);
                prop_assert!(part.independent || last_of_segment || part.duration * 100 >= target * 85, "{} ticks", part.duration);
                prop_assert_eq!(part.independent, idrs.contains(&part.start));
                at += part.duration;
            }
            prop_assert_eq!(at, end);
            for idr in idrs {
                prop_assert!(parts.iter().any(|p| p.start == idr), "the IDR at {} begins no part", idr);
            }
        }
    }
}

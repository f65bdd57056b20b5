//! The samples of a track, part after part. At most one part is in memory.

use aside_protocol::cmaf::{SampleRef, read_part};
use aside_protocol::recording::{FIRST_INIT, Kind};
use bytes::Bytes;

use crate::{CompositionError, Part, Parts, Result};

/// A picture or a frame of sound.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Ticks of the track.
    pub(crate) start: u64,
    pub(crate) duration: u32,
    pub(crate) sync: bool,
    pub(crate) data: Bytes,
    /// Version of the init it is decoded with.
    pub(crate) init: u32,
}

pub(crate) struct Samples {
    kind: Kind,
    parts: Box<dyn Parts>,
    part: Bytes,
    init: u32,
    refs: std::vec::IntoIter<SampleRef>,
    /// `moof` sequence number of the part that comes next; they count from 1.
    expected: u32,
    /// A part is missing, and none that stands alone has come since.
    broken: bool,
}

impl Samples {
    pub(crate) fn new(kind: Kind, parts: Box<dyn Parts>) -> Self {
        Self {
            kind,
            parts,
            part: Bytes::new(),
            init: FIRST_INIT,
            refs: Vec::new().into_iter(),
            expected: 1,
            broken: false,
        }
    }

    pub(crate) fn next(&mut self) -> Result<Option<Sample>> {
        loop {
            if let Some(at) = self.refs.next() {
                return Ok(Some(Sample {
                    start: at.start,
                    duration: at.duration,
                    sync: at.sync,
                    data: self.part.slice(at.offset..at.offset + at.size),
                    init: self.init,
                }));
            }
            let Some(Part { init, bytes: part }) =
                self.parts.next().map_err(CompositionError::Fetch)?
            else {
                return Ok(None);
            };
            let read = read_part(&part, self.kind)?;
            self.broken =
                (self.broken || read.info.sequence != self.expected) && !read.info.independent;
            self.expected = read.info.sequence.wrapping_add(1);
            if !self.broken {
                (self.part, self.init) = (part, init);
                self.refs = read.samples.into_iter();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aside_protocol::cmaf::{Sample as Written, write_part};

    use super::*;

    struct Few(std::vec::IntoIter<Bytes>);
    impl Parts for Few {
        fn next(&mut self) -> std::io::Result<Option<Part>> {
            Ok(self.0.next().map(|bytes| Part {
                init: FIRST_INIT,
                bytes,
            }))
        }
    }

    fn part(number: u32) -> Bytes {
        let idr = number.is_multiple_of(4);
        let sample = Written {
            duration: 10,
            sync: idr,
            data: vec![0, 0, 0, 1, if idr { 0x65 } else { 0x41 }].into(),
        };
        write_part(number, u64::from(number) * 10, Kind::Video, &[sample]).unwrap()
    }

    #[test]
    fn behind_a_part_that_is_missing_pictures_go_on_with_the_next_idr() {
        let starts = |numbers: &[u32]| {
            let parts: Vec<Bytes> = numbers.iter().copied().map(part).collect();
            let mut samples = Samples::new(Kind::Video, Box::new(Few(parts.into_iter())));
            let mut starts = Vec::new();
            while let Some(sample) = samples.next().unwrap() {
                starts.push(sample.start);
            }
            starts
        };
        assert_eq!(starts(&[0, 1, 2, 3, 4]), [0, 10, 20, 30, 40]);
        assert_eq!(starts(&[0, 1, 3, 4, 5]), [0, 10, 40, 50]);
        assert_eq!(starts(&[1, 2, 3, 8]), [80]);
        assert_eq!(starts(&[]), [] as [u64; 0]);
    }
}

//! A recording as one file that lies nowhere: a beginning of its own (`ftyp`, `moov`, the header of one `mdat`), and behind it the
//! stored parts as they are, those of all tracks in the order of their times. Pure.
//!
//! It is kept as an object: `MAGIC`, the length of the beginning (4 bytes, big-endian), the beginning, and for each part its
//! track (1 byte), number (4), size (4) and SHA-256 (32).

use aside_protocol::recording::{Sha256, TrackName};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

const MAGIC: &[u8; 8] = b"asideix1";
const ROW: usize = 1 + 4 + 4 + 32;
/// Bytes of one piece at most: what is read at once.
pub const PIECE: u64 = 512 * 1024;

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedPart {
    pub track: TrackName,
    pub number: u32,
    /// Bytes.
    pub size: u32,
    pub sha256: Sha256,
}

/// What the file consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadIndex {
    pub head: Bytes,
    pub parts: Vec<IndexedPart>,
    /// Where each part ends in the file.
    ends: Vec<u64>,
}

/// Some bytes of a part, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub part: IndexedPart,
    pub first: u64,
    pub last: u64,
}

impl DownloadIndex {
    pub fn new(head: Bytes, parts: Vec<IndexedPart>) -> Self {
        let mut at = head.len() as u64;
        let ends = parts.iter().map(|part| {
            at = at.saturating_add(part.size.into());
            at
        });
        Self {
            ends: ends.collect(),
            head,
            parts,
        }
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.ends.last().copied().unwrap_or(self.head.len() as u64)
    }

    /// Bytes of memory.
    pub fn weight(&self) -> u32 {
        let rows = self
            .parts
            .len()
            .saturating_mul(size_of::<IndexedPart>() + 8);
        u32::try_from(self.head.len().saturating_add(rows)).unwrap_or(u32::MAX)
    }

    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(12 + self.head.len() + self.parts.len() * ROW);
        out.put_slice(MAGIC);
        out.put_u32(u32::try_from(self.head.len()).unwrap_or(u32::MAX));
        out.put_slice(&self.head);
        for part in &self.parts {
            out.put_u8(match part.track {
                TrackName::Video => 0,
                _ => 1,
            });
            out.put_u32(part.number);
            out.put_u32(part.size);
            out.put_slice(&part.sha256.0);
        }
        out.freeze()
    }

    /// None for bytes that [`Self::to_bytes`] did not write.
    pub fn from_bytes(mut bytes: Bytes) -> Option<Self> {
        if !bytes.starts_with(MAGIC) || bytes.len() < 12 {
            return None;
        }
        bytes.advance(MAGIC.len());
        let head = usize::try_from(bytes.get_u32()).ok()?;
        if head > bytes.len() {
            return None;
        }
        let head = bytes.split_to(head);
        let mut rows = bytes.chunks_exact(ROW);
        let parts = rows.by_ref().map(row).collect::<Option<Vec<_>>>()?;
        rows.remainder().is_empty().then(|| Self::new(head, parts))
    }

    /// What of the beginning lies in the bytes `first` to `last`, both included.
    pub fn head_within(&self, first: u64, last: u64) -> Bytes {
        let place = |n: u64| usize::try_from(n).map_or(self.head.len(), |n| n.min(self.head.len()));
        self.head
            .slice(place(first)..place(last.saturating_add(1)).max(place(first)))
    }

    /// The next piece of the bytes `first` to `last`, both included, of which those before `first` are sent; none behind the end,
    /// and none within the beginning.
    pub fn piece_at(&self, first: u64, last: u64) -> Option<Piece> {
        if first > last || first < self.head.len() as u64 {
            return None;
        }
        let n = self.ends.partition_point(|end| *end <= first);
        let (part, end) = (*self.parts.get(n)?, *self.ends.get(n)?);
        let begin = end - u64::from(part.size);
        let first_in = first - begin;
        let last_in = last.min(end - 1) - begin;
        Some(Piece {
            part,
            first: first_in,
            last: last_in.min(first_in + PIECE - 1),
        })
    }

    /// Where the parts begin.
    pub fn parts_at(&self) -> u64 {
        self.head.len() as u64
    }
}

fn row(mut row: &[u8]) -> Option<IndexedPart> {
    Some(IndexedPart {
        track: match row.get_u8() {
            0 => TrackName::Video,
            1 => TrackName::Audio,
            _ => return None,
        },
        number: row.get_u32(),
        size: row.get_u32(),
        sha256: Sha256(row.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(head: usize, sizes: &[u32]) -> DownloadIndex {
        let parts = sizes.iter().zip(0..).map(|(size, number)| IndexedPart {
            track: TrackName::Audio,
            number,
            size: *size,
            sha256: Sha256([7; 32]),
        });
        DownloadIndex::new(vec![9; head].into(), parts.collect())
    }

    #[test]
    fn an_index_is_read_as_it_was_written_and_nothing_else_is_one() {
        let index = index(33, &[5, 0, 700_000]);
        let bytes = index.to_bytes();
        assert_eq!(DownloadIndex::from_bytes(bytes.clone()), Some(index));
        assert_eq!(
            DownloadIndex::from_bytes(bytes.slice(..bytes.len() - 1)),
            None
        );
        assert_eq!(DownloadIndex::from_bytes(bytes.slice(1..)), None);
        assert_eq!(
            DownloadIndex::from_bytes(Bytes::from_static(b"asideix1")),
            None
        );
    }

    proptest! {
        #[test]
        fn the_pieces_of_a_range_are_its_bytes(
            head in 0_usize..20,
            sizes in prop::collection::vec(0_u32..50, 0..12),
            a in 0_u64..700,
            b in 0_u64..700,
        ) {
            let index = index(head, &sizes);
            let total = index.size();
            prop_assume!(total > 0);
            let (first, last) = ((a % total).min(b % total), (a % total).max(b % total));
            let mut whole: Vec<Option<(u32, u64)>> = vec![None; head];
            for part in &index.parts {
                whole.extend((0..part.size.into()).map(|at| Some((part.number, at))));
            }
            let mut sent: Vec<Option<(u32, u64)>> =
                index.head_within(first, last).iter().map(|_| None).collect();
            let mut at = first.max(index.parts_at());
            while let Some(piece) = index.piece_at(at, last) {
                sent.extend((piece.first..=piece.last).map(|at| Some((piece.part.number, at))));
                at += piece.last - piece.first + 1;
            }
            let (first, last) = (usize::try_from(first).unwrap(), usize::try_from(last).unwrap());
            prop_assert_eq!(&sent[..], &whole[first..=last]);
        }
    }
}

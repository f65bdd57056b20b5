//! Cuts a segment around the parts whose objects are missing, so that as much of it as can be decoded is played.

use aside_protocol::recording::Kind;

use super::{Part, Segment};

/// The pieces of `segment`, which consists of `parts`: those that can be played, and the gaps between them. Behind a gap
/// in a picture nothing can be decoded before the next segment; every part of sound stands alone.
pub(super) fn cut(kind: Kind, segment: &Segment, parts: &[Part]) -> Vec<Segment> {
    // It continues a picture that is missing.
    if kind == Kind::Video && parts.first().is_some_and(|first| !first.independent) {
        return vec![*segment];
    }
    let mut pieces: Vec<Segment> = Vec::new();
    for part in parts {
        let lost = match (kind, pieces.last()) {
            (Kind::Video, Some(before)) => before.lost || part.lost,
            _ => part.lost,
        };
        match pieces.last_mut() {
            Some(piece) if piece.lost == lost => {
                piece.last = part.number;
                piece.bytes += part.size;
            }
            before => {
                if let Some(before) = before {
                    before.duration = part.start.saturating_sub(before.start);
                }
                let first = pieces.is_empty();
                pieces.push(Segment {
                    lost,
                    remapped: first && segment.remapped,
                    ..Segment::of(part)
                });
            }
        }
    }
    match pieces.last_mut() {
        Some(last) => last.duration = segment.end().saturating_sub(last.start),
        None => pieces.push(*segment),
    }
    pieces
}

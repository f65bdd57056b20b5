//! CBOR (RFC 8949) as devices write it: the canonical form of CTAP 2.1 (§8 "Message Encoding") has definite lengths, and no tags.

use super::refusal::PasskeyRefusal;

/// How deep lists and maps may lie in each other; devices write four at most (CTAP 2.1 §8).
const DEPTH: u8 = 8;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cbor<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Cbor<'a>>),
    Map(Vec<(Cbor<'a>, Cbor<'a>)>),
    /// `false`, `true`, `null` and their like, by their number.
    Simple(u64),
}

impl<'a> Cbor<'a> {
    /// Reads the value that `bytes` begin with; answers what follows it as well.
    pub(super) fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), PasskeyRefusal> {
        value(bytes, DEPTH).ok_or(PasskeyRefusal::Malformed)
    }

    /// The member of a map that is there exactly once.
    pub(super) fn member(&self, label: &Cbor<'_>) -> Result<&Cbor<'a>, PasskeyRefusal> {
        let Self::Map(pairs) = self else {
            return Err(PasskeyRefusal::Malformed);
        };
        let mut found = pairs.iter().filter(|(key, _)| key == label);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            _ => Err(PasskeyRefusal::Malformed),
        }
    }

    pub(super) fn bytes(&self) -> Result<&'a [u8], PasskeyRefusal> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(PasskeyRefusal::Malformed),
        }
    }

    pub(super) fn int(&self) -> Result<i64, PasskeyRefusal> {
        match self {
            Self::Int(n) => Ok(*n),
            _ => Err(PasskeyRefusal::Malformed),
        }
    }
}

fn value(bytes: &[u8], depth: u8) -> Option<(Cbor<'_>, &[u8])> {
    let (major, n, rest) = head(bytes)?;
    let many = |n: u64| usize::try_from(n).ok();
    Some(match major {
        0 => (Cbor::Int(i64::try_from(n).ok()?), rest),
        1 => (Cbor::Int(-1 - i64::try_from(n).ok()?), rest),
        2 => {
            let (bytes, rest) = rest.split_at_checked(many(n)?)?;
            (Cbor::Bytes(bytes), rest)
        }
        3 => {
            let (text, rest) = rest.split_at_checked(many(n)?)?;
            (Cbor::Text(std::str::from_utf8(text).ok()?), rest)
        }
        4 => {
            let (mut list, mut rest) = (Vec::new(), rest);
            for _ in 0..n {
                let (one, after) = value(rest, depth.checked_sub(1)?)?;
                list.push(one);
                rest = after;
            }
            (Cbor::List(list), rest)
        }
        5 => {
            let (mut map, mut rest) = (Vec::new(), rest);
            for _ in 0..n {
                let (key, after) = value(rest, depth.checked_sub(1)?)?;
                let (one, after) = value(after, depth.checked_sub(1)?)?;
                map.push((key, one));
                rest = after;
            }
            (Cbor::Map(map), rest)
        }
        7 if n < 24 => (Cbor::Simple(n), rest),
        _ => return None,
    })
}

/// What kind of value begins here, and its number (RFC 8949 §3).
fn head(bytes: &[u8]) -> Option<(u8, u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (major, short) = (first >> 5, first & 31);
    let (n, rest) = match short {
        0..24 => (u64::from(short), rest),
        24 => rest.split_first().map(|(n, rest)| (u64::from(*n), rest))?,
        25 => {
            let (n, rest) = rest.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*n)), rest)
        }
        26 => {
            let (n, rest) = rest.split_first_chunk()?;
            (u64::from(u32::from_be_bytes(*n)), rest)
        }
        27 => {
            let (n, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*n), rest)
        }
        _ => return None,
    };
    Some((major, n, rest))
}

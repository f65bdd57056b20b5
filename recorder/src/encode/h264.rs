//! H.264 byte streams (ITU-T H.264 annex B) become what MP4 wants (ISO/IEC 14496-15 §5). Pure.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::EncodeError;

const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
const NAL_AUD: u8 = 9;

/// NAL units between start codes (00 00 01), without trailing zeros.
pub(super) fn nal_units(stream: &[u8]) -> Vec<&[u8]> {
    let mut codes = Vec::new();
    let mut at = 0;
    while let Some(found) = find_code(stream, at) {
        codes.push(found);
        at = found + 3;
    }
    codes
        .iter()
        .enumerate()
        .map(|(n, begin)| {
            let end = codes.get(n + 1).copied().unwrap_or(stream.len());
            let unit = &stream[begin + 3..end];
            let used = unit
                .iter()
                .rposition(|b| *b != 0)
                .map_or(0, |last| last + 1);
            &unit[..used]
        })
        .filter(|unit| !unit.is_empty())
        .collect()
}

fn find_code(stream: &[u8], from: usize) -> Option<usize> {
    let tail = stream.get(from..)?;
    // The 01 is rarer than zeros: look for it and check what stands before.
    let mut seen = 2;
    while let Some(one) = tail.get(seen..)?.iter().position(|b| *b == 1) {
        let one = seen + one;
        if tail[one - 1] == 0 && tail[one - 2] == 0 {
            return Some(from + one - 2);
        }
        seen = one + 1;
    }
    None
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |b| b & 0x1f)
}

/// Start codes become 4-byte lengths. Parameter sets and delimiters are left out: the init has the former.
pub(super) fn to_lengths(stream: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(stream.len() + 16);
    for unit in nal_units(stream) {
        if matches!(kind(unit), NAL_SPS | NAL_PPS | NAL_AUD) {
            continue;
        }
        out.put_u32(u32::try_from(unit.len()).unwrap_or(u32::MAX));
        out.put_slice(unit);
    }
    out.freeze()
}

/// The parameter sets of a configuration record as they stand in a sample, in front of an IDR. Players that meet a second init in
/// the middle of a file or list pass over it (FFmpeg does) and need them there.
pub(crate) fn parameter_sets(avcc: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    let mut at = 5;
    for mask in [0x1f, 0xff] {
        let Some(count) = avcc.get(at).map(|n| n & mask) else {
            break;
        };
        at += 1;
        for _ in 0..count {
            let Some([high, low]) = avcc.get(at..at + 2) else {
                return out.freeze();
            };
            let length = u16::from_be_bytes([*high, *low]);
            let begin = at + 2;
            at = begin + usize::from(length);
            let Some(set) = avcc.get(begin..at) else {
                return out.freeze();
            };
            out.put_u32(u32::from(length));
            out.put_slice(set);
        }
    }
    out.freeze()
}

/// The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1) of a stream header with SPS and PPS.
pub(super) fn avcc(header: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let units = nal_units(header);
    let sps = units
        .iter()
        .find(|u| kind(u) == NAL_SPS)
        .ok_or(EncodeError::Unexpected("no SPS"))?;
    let pps = units
        .iter()
        .find(|u| kind(u) == NAL_PPS)
        .ok_or(EncodeError::Unexpected("no PPS"))?;
    let [_, profile, compatibility, level, ..] = **sps else {
        return Err(EncodeError::Unexpected("the SPS is cut off"));
    };
    let mut out = vec![1, profile, compatibility, level, 0xff, 0xe1];
    for (n, set) in [sps, pps].into_iter().enumerate() {
        if n == 1 {
            out.push(1);
        }
        let length = u16::try_from(set.len())
            .map_err(|_| EncodeError::Unexpected("a parameter set is too long"))?;
        out.extend(length.to_be_bytes());
        out.extend(*set);
    }
    // High profiles say chroma format and bit depths once more: 4:2:0, 8 bits, no SPS extension.
    if matches!(profile, 100 | 110 | 122 | 144) {
        out.extend([0xfd, 0xf8, 0xf8, 0]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_of_three_and_four_bytes_become_lengths() {
        let stream = [
            0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x65, 1, 2, 0, 0, 1, 0x41, 3,
        ];
        assert_eq!(
            nal_units(&stream),
            [&[9, 0xf0][..], &[0x65, 1, 2], &[0x41, 3]]
        );
        assert_eq!(
            &to_lengths(&stream)[..],
            &[0, 0, 0, 3, 0x65, 1, 2, 0, 0, 0, 2, 0x41, 3]
        );
        assert!(nal_units(&[]).is_empty());
        assert!(nal_units(&[0, 0, 1]).is_empty());
    }

    #[test]
    fn a_record_names_profile_and_level_of_the_sps() {
        let header = [0, 0, 0, 1, 0x67, 100, 0, 40, 1, 0, 0, 0, 1, 0x68, 2];
        let record = avcc(&header).unwrap();
        assert_eq!(
            record,
            [
                1, 100, 0, 40, 0xff, 0xe1, 0, 5, 0x67, 100, 0, 40, 1, 1, 0, 2, 0x68, 2, 0xfd, 0xf8,
                0xf8, 0
            ]
        );
        assert!(avcc(&header[..9]).is_err());
    }
}

//! Bits of H.264 syntax (ITU-T H.264 §7.2, §9.1) and the escaping of NAL units (§7.4.1). Pure.

/// Reads from an unescaped payload. Behind its end everything is `None`.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bits read so far.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    pub(super) fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | self.bit()?))
    }

    /// `ue(v)`; `None` for more than 16 bits, which nothing read here has.
    pub(super) fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 16 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.bits(zeros)?)
    }

    /// `se(v)`
    pub(super) fn se(&mut self) -> Option<i32> {
        let code = i32::try_from(self.ue()?).ok()?;
        Some(match code % 2 {
            1 => (code + 1) / 2,
            _ => -code / 2,
        })
    }
}

/// Gathers a payload.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    used: usize,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: u32) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let (Some(last), 1) = (self.bytes.last_mut(), bit & 1) {
            *last |= 0x80 >> (self.used % 8);
        }
        self.used += 1;
    }

    pub(super) fn bits(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|n| self.bit(value >> n));
    }

    pub(super) fn ue(&mut self, value: u32) {
        let length = (value + 1).ilog2();
        self.bits(0, length);
        self.bits(value + 1, length + 1);
    }

    pub(super) const fn is_aligned(&self) -> bool {
        self.used.is_multiple_of(8)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Overwrites `count` bits from bit `at` on.
pub(super) fn overwrite(bytes: &mut [u8], at: usize, value: u32, count: u32) {
    for n in 0..count {
        let place = at + n as usize;
        if let Some(byte) = bytes.get_mut(place / 8) {
            let mask = 0x80 >> (place % 8);
            *byte = match value >> (count - 1 - n) & 1 {
                0 => *byte & !mask,
                _ => *byte | mask,
            };
        }
    }
}

/// The payload of a NAL unit without its emulation prevention bytes.
pub(super) fn unescape(unit: &[u8]) -> Vec<u8> {
    let (mut out, mut zeros) = (Vec::with_capacity(unit.len()), 0);
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

/// The reverse of `unescape`.
pub(super) fn escape(payload: &[u8]) -> Vec<u8> {
    let (mut out, mut zeros) = (Vec::with_capacity(payload.len() + 8), 0);
    for byte in payload {
        if zeros >= 2 && *byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(0_u32..60_000, 1..40)) {
            let mut writer = BitWriter::default();
            for value in &values {
                writer.ue(*value);
                writer.bits(*value & 0xff, 8);
            }
            let bytes = writer.into_bytes();
            let mut reader = BitReader::new(&bytes);
            for value in &values {
                prop_assert_eq!(reader.ue(), Some(*value));
                prop_assert_eq!(reader.bits(8), Some(*value & 0xff));
            }
        }

        #[test]
        fn an_escaped_unit_has_no_start_code_and_comes_back(payload in prop::collection::vec(0_u8..5, 0..60)) {
            let escaped = escape(&payload);
            prop_assert!(!escaped.windows(3).any(|w| w[0] == 0 && w[1] == 0 && w[2] < 3));
            prop_assert_eq!(unescape(&escaped), payload);
        }
    }

    #[test]
    fn signed_codes_alternate() {
        let mut writer = BitWriter::default();
        (0..5).for_each(|n| writer.ue(n));
        let bytes = writer.into_bytes();
        let mut reader = BitReader::new(&bytes);
        let read: Vec<_> = (0..5).map(|_| reader.se().unwrap()).collect();
        assert_eq!(read, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn overwritten_bits_are_those_and_no_others() {
        let mut bytes = [0xff, 0x00, 0xff];
        overwrite(&mut bytes, 6, 0b0110, 4);
        assert_eq!(bytes, [0xfd, 0x80, 0xff]);
    }
}

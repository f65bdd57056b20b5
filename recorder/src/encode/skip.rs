//! A picture that repeats the one before it, without an encoder: a P slice whose macroblocks are all skipped (ITU-T H.264 §7.3.3,
//! §9.3). On a still screen it takes the place of what would cost an encoder milliseconds twice a second. Pure.
//!
//! It is a reference picture like all others, and so has a `frame_num` that the encoder knows nothing of: the numbers of the pictures
//! behind it are rewritten.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::bits::{BitReader, BitWriter, escape, overwrite, unescape};

const NAL_SLICE: u8 = 1;
/// A reference picture.
const REFERENCE: u8 = 0x20;
const P_SLICE: u32 = 5;
/// Not zero: a reference picture, of whatever importance.
const NAL_REF_IDC: u32 = 0x60;
/// Bytes of a slice that hold its header.
const HEADER: usize = 32;

/// Of the stream, what a slice of skipped macroblocks depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipper {
    frame_num_bits: u32,
    macroblocks: u32,
    deblocking_control: bool,
    /// QP of a slice that says nothing else.
    qp: i32,
    /// Of the next reference picture.
    next: u32,
}

impl Skipper {
    /// `None`: a stream of another shape than ours, whose pictures are left as they are.
    pub(super) fn new(avcc: &[u8]) -> Option<Self> {
        let (sps, pps) = parameter_sets(avcc)?;
        let (frame_num_bits, macroblocks) = read_sps(&unescape(sps))?;
        let (qp, deblocking_control) = read_pps(&unescape(pps))?;
        skip_state(qp)?;
        Some(Self {
            frame_num_bits,
            macroblocks,
            deblocking_control,
            qp,
            next: 0,
        })
    }

    /// A picture as it came from the encoder gets the number that follows on those before it.
    pub(super) fn renumber(&mut self, idr: bool, picture: Bytes) -> Bytes {
        let number = if idr { 0 } else { self.next };
        self.next = (number + 1) % (1 << self.frame_num_bits);
        if idr {
            return picture;
        }
        let mut out = BytesMut::with_capacity(picture.len() + 16);
        for unit in units(&picture) {
            match self.numbered(unit, number) {
                Some(unit) => put(&mut out, &unit),
                None => put(&mut out, unit),
            }
        }
        out.freeze()
    }

    /// The next picture shows what the one before it showed.
    pub(super) fn skip(&mut self) -> Bytes {
        let number = self.next;
        self.next = (number + 1) % (1 << self.frame_num_bits);
        let mut bits = BitWriter::default();
        bits.bits(u32::from(REFERENCE | NAL_SLICE), 8);
        bits.ue(0); // first_mb_in_slice
        bits.ue(P_SLICE);
        bits.ue(0); // pic_parameter_set_id
        bits.bits(number, self.frame_num_bits);
        bits.bit(0); // num_ref_idx_active_override_flag
        bits.bit(0); // ref_pic_list_modification_flag_l0
        bits.bit(0); // adaptive_ref_pic_marking_mode_flag
        bits.ue(0); // cabac_init_idc
        bits.ue(0); // slice_qp_delta
        if self.deblocking_control {
            bits.ue(1); // disable_deblocking_filter_idc
        }
        while !bits.is_aligned() {
            bits.bit(1);
        }
        skipped_macroblocks(&mut bits, self.macroblocks, self.qp);
        let mut out = BytesMut::new();
        put(&mut out, &escape(&bits.into_bytes()));
        out.freeze()
    }

    /// The worst QP that a slice of a P picture begins with (§7.4.3, `SliceQPY`); `None`: another picture, or one of another shape.
    pub(super) fn worst_qp(&self, picture: &[u8]) -> Option<i32> {
        let slices =
            units(picture).filter(|unit| unit.first().is_some_and(|b| b & 0x1f == NAL_SLICE));
        let mut worst = None;
        for slice in slices {
            worst = worst.max(Some(self.slice_qp(slice)?));
        }
        worst
    }

    fn slice_qp(&self, unit: &[u8]) -> Option<i32> {
        // A header is shorter by far.
        let header = unescape(unit.get(..HEADER.min(unit.len()))?);
        let mut reader = BitReader::new(&header);
        let reference = reader.bits(8)? & NAL_REF_IDC != 0;
        reader.ue()?;
        let is_p = reader.ue()? % 5 == P_SLICE % 5;
        reader.ue()?;
        reader.bits(self.frame_num_bits)?;
        // num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0, adaptive_ref_pic_marking_mode_flag
        let usual = reader.bits(3)? == 0;
        let _cabac_init_idc = reader.ue()?;
        let qp = self.qp + reader.se()?;
        (reference && is_p && usual).then_some(qp)
    }

    /// `None`: it has this number, or none at all.
    fn numbered(&self, unit: &[u8], number: u32) -> Option<Vec<u8>> {
        if unit.first()? & 0x1f != NAL_SLICE {
            return None;
        }
        let mut payload = unescape(unit);
        let mut reader = BitReader::new(&payload);
        reader.bits(8)?;
        for _ in 0..3 {
            reader.ue()?;
        }
        let at = reader.position();
        if reader.bits(self.frame_num_bits)? == number {
            return None;
        }
        overwrite(&mut payload, at, number, self.frame_num_bits);
        Some(escape(&payload))
    }
}

fn put(out: &mut BytesMut, unit: &[u8]) {
    out.put_u32(u32::try_from(unit.len()).unwrap_or(u32::MAX));
    out.put_slice(unit);
}

/// NAL units behind lengths of four bytes.
fn units(picture: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = picture;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (unit, behind) = behind.split_at_checked(length)?;
        rest = behind;
        Some(unit)
    })
}

/// SPS and PPS of an AVCDecoderConfigurationRecord with one of each.
fn parameter_sets(avcc: &[u8]) -> Option<(&[u8], &[u8])> {
    let take = |rest: &mut &'_ [u8]| -> Option<(usize, usize)> {
        let begin = avcc.len() - rest.len();
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        *rest = behind.get(length..)?;
        Some((begin + 2, begin + 2 + length))
    };
    if avcc.get(5)? & 0x1f != 1 {
        return None;
    }
    let mut rest = avcc.get(6..)?;
    let sps = take(&mut rest)?;
    let (count, mut rest) = rest.split_first()?;
    if *count != 1 {
        return None;
    }
    let pps = take(&mut rest)?;
    Some((avcc.get(sps.0..sps.1)?, avcc.get(pps.0..pps.1)?))
}

/// Bits of `frame_num`, and macroblocks of a picture (§7.3.2.1.1).
fn read_sps(sps: &[u8]) -> Option<(u32, u32)> {
    let mut bits = BitReader::new(sps);
    bits.bits(8)?;
    let profile = bits.bits(8)?;
    bits.bits(16)?;
    bits.ue()?;
    if matches!(profile, 100 | 110 | 122 | 244) {
        let usual = bits.ue()? == 1 && bits.ue()? == 0 && bits.ue()? == 0;
        if !usual || bits.bits(2)? != 0 {
            return None;
        }
    }
    let frame_num_bits = bits.ue()? + 4;
    // Type 2: the order of time is the order of decoding, and nothing else is told of it.
    if bits.ue()? != 2 || bits.ue()? != 1 {
        return None;
    }
    bits.bit()?;
    let (width, height) = (bits.ue()? + 1, bits.ue()? + 1);
    let frames_only = bits.bit()? == 1;
    (frames_only && frame_num_bits <= 16).then_some((frame_num_bits, width.checked_mul(height)?))
}

/// QP of a slice, and whether slices speak of deblocking (§7.3.2.2).
fn read_pps(pps: &[u8]) -> Option<(i32, bool)> {
    let mut bits = BitReader::new(pps);
    bits.bits(8)?;
    bits.ue()?;
    bits.ue()?;
    let cabac = bits.bit()? == 1;
    let more_order = bits.bit()? == 1;
    let usual = bits.ue()? == 0 && bits.ue()? == 0;
    bits.ue()?;
    let weighted = bits.bit()? == 1;
    bits.bits(2)?;
    let qp = 26 + bits.se()?;
    bits.se()?;
    bits.se()?;
    let deblocking_control = bits.bit()? == 1;
    bits.bit()?;
    let redundant = bits.bit()? == 1;
    (cabac && !more_order && usual && !weighted && !redundant).then_some((qp, deblocking_control))
}

/// `mb_skip_flag` of a P slice while all neighbours are skipped: context 11 with `cabac_init_idc` 0 (table 9-13).
const SKIP_CONTEXT: (i32, i32) = (23, 33);

/// The arithmetic coder (§9.3.4.2), as far as needed: symbols that are the likelier one, and the end of the slice.
struct Coder<'a> {
    bits: &'a mut BitWriter,
    low: u32,
    range: u32,
    outstanding: u32,
    first: bool,
}

impl Coder<'_> {
    fn likely(&mut self, state: &mut usize) {
        let row = RANGE_LPS.get(*state).unwrap_or(&RANGE_LPS[62]);
        self.range -= u32::from(row[(self.range >> 6 & 3) as usize]);
        *state = (*state + 1).min(62);
        self.renormalise();
    }

    fn end_of_slice(&mut self, end: bool) {
        self.range -= 2;
        if !end {
            return self.renormalise();
        }
        self.low += self.range;
        self.range = 2;
        self.renormalise();
        self.put(self.low >> 9 & 1);
        // The last of these bits is rbsp_stop_one_bit.
        self.bits.bits(self.low >> 7 & 3 | 1, 2);
    }

    fn renormalise(&mut self) {
        while self.range < 256 {
            if self.low < 256 {
                self.put(0);
            } else if self.low >= 512 {
                self.low -= 512;
                self.put(1);
            } else {
                self.low -= 256;
                self.outstanding += 1;
            }
            self.range <<= 1;
            self.low <<= 1;
        }
    }

    fn put(&mut self, bit: u32) {
        if self.first {
            self.first = false;
        } else {
            self.bits.bit(bit);
        }
        for _ in 0..std::mem::take(&mut self.outstanding) {
            self.bits.bit(1 - bit);
        }
    }
}

/// Where the context begins; `None` at a QP so low that the likelier value is 0, not skipped.
fn skip_state(qp: i32) -> Option<usize> {
    let (m, n) = SKIP_CONTEXT;
    let state = ((m * qp.clamp(0, 51)) >> 4) + n;
    usize::try_from(state.min(126) - 64).ok()
}

fn skipped_macroblocks(bits: &mut BitWriter, count: u32, qp: i32) {
    let mut state = skip_state(qp).unwrap_or(0);
    let mut coder = Coder {
        bits,
        low: 0,
        range: 510,
        outstanding: 0,
        first: true,
    };
    for n in 1..=count {
        coder.likely(&mut state);
        coder.end_of_slice(n == count);
    }
}

/// Table 9-44.
#[rustfmt::skip]
const RANGE_LPS: [[u8; 4]; 63] = [
    [128, 176, 208, 240], [128, 167, 197, 227], [128, 158, 187, 216], [123, 150, 178, 205], [116, 142, 169, 195],
    [111, 135, 160, 185], [105, 128, 152, 175], [100, 122, 144, 166], [95, 116, 137, 158], [90, 110, 130, 150],
    [85, 104, 123, 142], [81, 99, 117, 135], [77, 94, 111, 128], [73, 89, 105, 122], [69, 85, 100, 116],
    [66, 80, 95, 110], [62, 76, 90, 104], [59, 72, 86, 99], [56, 69, 81, 94], [53, 65, 77, 89],
    [51, 62, 73, 85], [48, 59, 69, 80], [46, 56, 66, 76], [43, 53, 63, 72], [41, 50, 59, 69],
    [39, 48, 56, 65], [37, 45, 54, 62], [35, 43, 51, 59], [33, 41, 48, 56], [32, 39, 46, 53],
    [30, 37, 43, 50], [29, 35, 41, 48], [27, 33, 39, 45], [26, 31, 37, 43], [24, 30, 35, 41],
    [23, 28, 33, 39], [22, 27, 32, 37], [21, 26, 30, 35], [20, 24, 29, 33], [19, 23, 27, 31],
    [18, 22, 26, 30], [17, 21, 25, 28], [16, 20, 23, 27], [15, 19, 22, 25], [14, 18, 21, 24],
    [14, 17, 20, 23], [13, 16, 19, 22], [12, 15, 18, 21], [12, 14, 17, 20], [11, 14, 16, 19],
    [11, 13, 15, 18], [10, 12, 15, 17], [10, 12, 14, 16], [9, 11, 13, 15], [9, 11, 12, 14],
    [8, 10, 12, 14], [8, 9, 11, 13], [7, 9, 11, 12], [7, 9, 10, 12], [7, 8, 10, 11],
    [6, 8, 9, 11], [6, 7, 9, 10], [6, 7, 8, 9],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_another_shape_is_left_alone() {
        assert_eq!(Skipper::new(&[]), None);
        assert_eq!(Skipper::new(&[1, 100, 0, 40, 0xff, 0xe1, 0, 1, 0x67]), None);
        // CAVLC.
        assert_eq!(read_pps(&[0x68, 0b1100_0000, 0xff, 0xff, 0xff]), None);
    }

    #[test]
    fn the_qp_of_a_picture_is_the_worst_of_its_slices() {
        let skipper = Skipper {
            frame_num_bits: 4,
            macroblocks: 1,
            deblocking_control: false,
            qp: 26,
            next: 0,
        };
        let slice = |delta: u32| {
            let mut bits = BitWriter::default();
            bits.bits(u32::from(REFERENCE | NAL_SLICE), 8);
            bits.ue(0);
            bits.ue(P_SLICE);
            bits.ue(0);
            bits.bits(3, 4);
            bits.bits(0, 3);
            bits.ue(0);
            bits.ue(delta);
            bits.bits(0xaa, 8);
            while !bits.is_aligned() {
                bits.bit(1);
            }
            let mut out = BytesMut::new();
            put(&mut out, &bits.into_bytes());
            out
        };
        // se(v): 6 is −3, 5 is 3 (§9.1.1).
        let (best, worse) = (slice(6), slice(5));
        assert_eq!(skipper.worst_qp(&best), Some(23));
        assert_eq!(
            skipper.worst_qp(&[&best[..], &worse, &best].concat()),
            Some(29)
        );
        assert_eq!(skipper.worst_qp(&[0, 0, 0, 1, 0x21]), None);
        assert_eq!(skipper.worst_qp(&[0, 0, 0, 2, 0x65, 0x88]), None, "an IDR");
    }

    #[test]
    fn lengths_that_lie_end_the_walk() {
        assert_eq!(units(&[0, 0, 0, 9, 1]).count(), 0);
        assert_eq!(units(&[0, 0, 0, 1, 7, 0, 0]).collect::<Vec<_>>(), [&[7]]);
    }
}

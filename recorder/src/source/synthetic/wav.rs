//! WAV files (RIFF WAVE), as far as speech comes in them: PCM of 8 to 32 bits and 32-bit float.

use crate::source::sound::SoundFormat;

/// A file as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Wav {
    pub format: SoundFormat,
    /// Interleaved, −1 to 1.
    pub samples: Vec<f32>,
}

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;

/// Reads a whole file; the error says what is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Wav, &'static str> {
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err("it is not a WAV file");
    }
    let (mut layout, mut at) = (None, 12);
    while let Some(header) = bytes.get(at..at + 8) {
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        // The last chunk of a file that was cut off, or streamed, is shorter than it says.
        let body = &bytes[at + 8..bytes.len().min(at.saturating_add(8).saturating_add(size))];
        match &header[..4] {
            b"fmt " => layout = Some(layout_of(body)?),
            b"data" => {
                let (format, coding, bits) = layout.ok_or("its sound comes before its format")?;
                return Ok(Wav {
                    format,
                    samples: samples(body, coding, bits)?,
                });
            }
            _ => {}
        }
        at = at
            .saturating_add(8)
            .saturating_add(size)
            .saturating_add(size % 2);
    }
    Err("there is no sound in it")
}

fn layout_of(body: &[u8]) -> Result<(SoundFormat, u16, u16), &'static str> {
    let word = |at: usize| {
        body.get(at..at + 2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
    };
    let cut = "its format is cut off";
    let (low, high) = (word(4).ok_or(cut)?, word(6).ok_or(cut)?);
    let rate = u32::from(high) << 16 | u32::from(low);
    let (channels, bits) = (word(2).ok_or(cut)?, word(14).ok_or(cut)?);
    let coding = match word(0).ok_or(cut)? {
        EXTENSIBLE => word(24).ok_or(cut)?,
        coding => coding,
    };
    if channels == 0 || channels > 32 || !(1000..=384_000).contains(&rate) {
        return Err("its channels or its rate make no sense");
    }
    Ok((SoundFormat { rate, channels }, coding, bits))
}

fn samples(body: &[u8], coding: u16, bits: u16) -> Result<Vec<f32>, &'static str> {
    Ok(match (coding, bits) {
        (PCM, 8) => body
            .iter()
            .map(|b| (f32::from(*b) - 128.0) / 128.0)
            .collect(),
        (PCM, 16) => body
            .chunks_exact(2)
            .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0)
            .collect(),
        (PCM, 24) => {
            let wide = |b: &[u8]| i32::from_le_bytes([0, b[0], b[1], b[2]]);
            body.chunks_exact(3)
                .map(|b| wide(b) as f32 / 2_147_483_648.0)
                .collect()
        }
        (PCM, 32) => body
            .chunks_exact(4)
            .map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) as f32 / 2_147_483_648.0)
            .collect(),
        (FLOAT, 32) => body
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
        _ => return Err("its samples are neither PCM nor 32-bit float"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(coding: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        for word in [coding, 1, 16_000, 0, 0, 0, bits / 8, bits] {
            out.extend(word.to_le_bytes());
        }
        out.extend(b"data");
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn sixteen_bits_and_floats_are_read() {
        let read16 = read(&wav(1, 16, &[0, 0x40, 0, 0x80])).unwrap();
        assert_eq!(
            read16,
            Wav {
                format: SoundFormat {
                    rate: 16_000,
                    channels: 1
                },
                samples: vec![0.5, -1.0]
            }
        );
        assert_eq!(
            read(&wav(3, 32, &0.25_f32.to_le_bytes())).unwrap().samples,
            [0.25]
        );
        assert_eq!(read(&wav(1, 24, &[0, 0, 0x40])).unwrap().samples, [0.5]);
    }

    #[test]
    fn what_is_no_wav_is_refused_by_name() {
        assert!(read(b"").is_err());
        assert!(read(b"ID3.............").is_err());
        assert!(read(&wav(85, 16, &[])).is_err());
        let whole = wav(1, 16, &[0; 64]);
        for cut in 0..whole.len() {
            let _ = read(&whole[..cut]);
        }
    }
}

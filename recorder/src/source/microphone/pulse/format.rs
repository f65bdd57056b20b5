//! In which form a source's sound is asked for, and where its channels are heard. Pure.

use pulseaudio::protocol::{ChannelMap, ChannelPosition, SampleFormat, SampleSpec};

use crate::source::sound::{Layout, Side};

/// Largest queue the server keeps for a stream, in bytes (`MAX_MEMBLOCKQ_LENGTH` of PulseAudio).
const MAX_QUEUE_BYTES: u64 = 4 * 1024 * 1024;
/// That queue should hold at least this much sound: it is what a recorder that stands still may lose nothing of.
const MIN_QUEUE_SECONDS: u64 = 1;
/// Rate of the recording; what is wider than the queue allows is asked for at this rate.
const RECORDED_RATE: u32 = 48_000;

/// The device's own channels and rate as floats; at 48 kHz, and then as 16-bit numbers, where the server's queue would
/// hold less than a second otherwise. `rate` is given when a device is opened again.
pub(super) fn asked_for(device: SampleSpec, rate: Option<u32>) -> SampleSpec {
    let own = rate.unwrap_or(device.sample_rate);
    let spec = |format, sample_rate| SampleSpec {
        format,
        channels: device.channels,
        sample_rate,
    };
    let low = rate.unwrap_or(own.min(RECORDED_RATE));
    [
        spec(SampleFormat::Float32Le, own),
        spec(SampleFormat::Float32Le, low),
    ]
    .into_iter()
    .find(|s| MAX_QUEUE_BYTES / bytes_per_second(*s) >= MIN_QUEUE_SECONDS)
    .unwrap_or_else(|| spec(SampleFormat::S16Le, low))
}

/// Bytes of one sample of every channel.
pub(super) fn frame_size(spec: SampleSpec) -> usize {
    spec.format.bytes_per_sample() * usize::from(spec.channels.max(1))
}

pub(super) fn bytes_per_second(spec: SampleSpec) -> u64 {
    frame_size(spec) as u64 * u64::from(spec.sample_rate.max(1))
}

/// Adds samples of the two formats that are asked for.
pub(super) fn floats(bytes: &[u8], format: SampleFormat, to: &mut Vec<f32>) {
    match format {
        SampleFormat::S16Le => to.extend(
            bytes
                .chunks_exact(2)
                .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0),
        ),
        _ => to.extend(
            bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        ),
    }
}

/// Where each channel is heard. Inputs that are only numbered have no side.
pub(super) fn layout(map: &ChannelMap) -> Layout {
    use ChannelPosition as At;
    let sides = map.into_iter().map(|position| match position {
        At::FrontLeft
        | At::RearLeft
        | At::FrontLeftOfCenter
        | At::SideLeft
        | At::TopFrontLeft
        | At::TopRearLeft => Side::Left,
        At::FrontRight
        | At::RearRight
        | At::FrontRightOfCenter
        | At::SideRight
        | At::TopFrontRight
        | At::TopRearRight => Side::Right,
        _ => Side::Both,
    });
    Layout(sides.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(sample_rate: u32, channels: u8) -> SampleSpec {
        SampleSpec {
            format: SampleFormat::S24Le,
            channels,
            sample_rate,
        }
    }

    #[test]
    fn the_servers_queue_holds_a_second_of_every_device() {
        for rate in [8_000, 44_100, 48_000, 96_000, 192_000, 768_000] {
            for channels in 1..=32 {
                let asked = asked_for(device(rate, channels), None);
                assert!(
                    MAX_QUEUE_BYTES >= bytes_per_second(asked),
                    "{rate} {channels}"
                );
                assert_eq!(asked.channels, channels, "every channel is asked for");
                assert!(asked.sample_rate <= rate);
            }
        }
    }

    #[test]
    fn common_devices_are_asked_for_as_they_are_and_again_at_the_first_rate() {
        for (rate, channels) in [(8_000, 1), (44_100, 2), (192_000, 2), (48_000, 18)] {
            assert_eq!(
                asked_for(device(rate, channels), None),
                SampleSpec {
                    format: SampleFormat::Float32Le,
                    ..device(rate, channels)
                }
            );
        }
        assert_eq!(
            asked_for(device(192_000, 32), Some(44_100)).sample_rate,
            44_100
        );
    }

    #[test]
    fn named_channels_have_a_side_and_numbered_ones_have_none() {
        use ChannelPosition as At;
        let map = ChannelMap::new([At::FrontLeft, At::SideRight, At::Lfe, At::Mono, At::Aux7]);
        assert_eq!(
            layout(&map).0,
            [Side::Left, Side::Right, Side::Both, Side::Both, Side::Both]
        );
    }

    #[test]
    fn both_formats_are_read() {
        let mut read = Vec::new();
        floats(&[0, 0x40, 0, 0x80], SampleFormat::S16Le, &mut read);
        floats(&0.25_f32.to_le_bytes(), SampleFormat::Float32Le, &mut read);
        assert_eq!(read, [0.5, -1.0, 0.25]);
    }
}

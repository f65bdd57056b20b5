//! The sound of a file, through FFmpeg's output to the PulseAudio protocol, which PipeWire speaks as well.

use std::path::Path;
use std::time::Duration;

use crossbeam_channel::Sender;
use ffmpeg::codec::{Context, Id};
use ffmpeg::format::Sample;
use ffmpeg::media::Type;
use ffmpeg::software::resampling;
use ffmpeg::{ChannelLayout, Dictionary, Packet};
use ffmpeg_next as ffmpeg;

use crate::avdevice;

const RATE: i32 = 48_000;
/// What the sound server holds before it is heard.
const BUFFER: Duration = Duration::from_millis(60);

/// Plays to the end. `opened` hears, once, how long a sample is on its way; nothing, where nothing will be heard.
pub(super) fn play(file: &Path, opened: &Sender<Duration>) {
    // Without an output there are the pictures.
    let _ = heard(file, opened);
}

fn heard(file: &Path, opened: &Sender<Duration>) -> Result<(), ffmpeg::Error> {
    avdevice::register()?;
    let mut input = ffmpeg::format::input(file)?;
    let stream = input
        .streams()
        .best(Type::Audio)
        .ok_or(ffmpeg::Error::StreamNotFound)?;
    let index = stream.index();
    let mut decoder = Context::from_parameters(stream.parameters())?
        .decoder()
        .audio()?;
    let mut resampler: Option<resampling::Context> = None;
    let mut output = open()?;
    let _ = opened.try_send(BUFFER);

    let (mut block, mut even) = (ffmpeg::frame::Audio::empty(), ffmpeg::frame::Audio::empty());
    for (stream, packet) in input.packets() {
        if stream.index() != index || decoder.send_packet(&packet).is_err() {
            continue;
        }
        while decoder.receive_frame(&mut block).is_ok() {
            if block.channel_layout().is_empty() {
                block.set_channel_layout(ChannelLayout::default(i32::from(block.channels())));
            }
            let resampler = match &mut resampler {
                Some(made) => made,
                none => none.insert(resampling::Context::get(
                    block.format(),
                    block.channel_layout(),
                    block.rate(),
                    Sample::I16(ffmpeg::format::sample::Type::Packed),
                    ChannelLayout::STEREO,
                    block.rate(),
                )?),
            };
            even = ffmpeg::frame::Audio::empty();
            resampler.run(&block, &mut even)?;
            let bytes = even.samples() * 2 * usize::from(even.channels());
            // Written when the server has room for it, so that sound sets the pace.
            Packet::copy(&even.data(0)[..bytes]).write(&mut output)?;
        }
    }
    drop(even);
    output.write_trailer()
}

/// The default output, stereo.
fn open() -> Result<ffmpeg::format::context::Output, ffmpeg::Error> {
    // The name is that of the stream; what it would name is opened for writing and never written to.
    let mut output = ffmpeg::format::output_as("/dev/null", "pulse")?;
    let codec = ffmpeg::encoder::find(Id::PCM_S16LE).ok_or(ffmpeg::Error::EncoderNotFound)?;
    let mut encoder = Context::new_with_codec(codec).encoder().audio()?;
    encoder.set_rate(RATE);
    encoder.set_format(Sample::I16(ffmpeg::format::sample::Type::Packed));
    encoder.set_channel_layout(ChannelLayout::STEREO);
    encoder.set_time_base((1, RATE));
    let encoder = encoder.open_as(codec)?;
    output.add_stream_with(&encoder)?;
    let mut options = Dictionary::new();
    options.set("name", "Aside");
    options.set("stream_name", "What was recorded");
    options.set("buffer_duration", &BUFFER.as_millis().to_string());
    output.write_header_with(options)?;
    Ok(output)
}

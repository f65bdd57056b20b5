//! Whatever the bytes: no panic, and an init that is accepted can be written again.
#![no_main]

use aside_protocol::cmaf::{Media, read_init, write_audio_init, write_video_init};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(init) = read_init(bytes) {
        let again = match &init.media {
            Media::Video(config) => write_video_init(config),
            Media::Audio(config) => write_audio_init(config),
        };
        assert!(again.is_ok(), "accepted, but cannot be written: {init:?}");
    }
});

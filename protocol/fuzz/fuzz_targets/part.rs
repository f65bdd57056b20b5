//! Whatever the bytes: no panic, and every sample that is found lies inside them.
#![no_main]

use aside_protocol::cmaf::read_part;
use aside_protocol::recording::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for kind in [Kind::Video, Kind::Audio] {
        if let Ok(part) = read_part(bytes, kind) {
            let mut time = part.info.start;
            for sample in &part.samples {
                assert!(sample.size > 0 && sample.offset + sample.size <= bytes.len());
                assert_eq!(sample.start, time);
                time += u64::from(sample.duration);
            }
            assert_eq!(time, part.info.start + part.info.duration);
        }
    }
});

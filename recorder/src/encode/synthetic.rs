//! Encoders for tests of whole programs: libx264 of the profile Main, which fails at one picture, and drivers that never come up.

use rustix::process::{Signal, getpid, kill_process};

use super::probe::{Call, Fake};
use super::{Candidate, EncodeError, VideoEncoder, VideoFormat, X264, x264::Profile};

/// Pictures that it encodes, repeats too: three seconds of a moving picture at thirty a second.
const PICTURES: u32 = 90;

pub(super) const SYNTHETIC: Candidate = Candidate {
    name: "synthetic",
    open: |format| {
        let inner = Box::new(X264::with_profile(format, Profile::Main)?);
        let mut left = PICTURES;
        Ok(Fake::boxed(inner, move |inner, call, out| {
            if let Call::Picture { .. } = call {
                let ended = || EncodeError::Failed("this is its end".to_owned());
                left = left.checked_sub(1).ok_or_else(ended)?;
            }
            call.pass(inner, out)
        }))
    },
};

/// Pictures of a driver that passes its test, which has fewer.
const GOOD_PICTURES: u32 = 40;

/// Breaks down in the middle of a take: its process does something that the system ends it for.
pub(super) const BREAKING: Candidate = Candidate {
    name: "synthetic-breaks",
    open: |format| {
        ending(format, || {
            let _ = kill_process(getpid(), Signal::SEGV);
        })
    },
};

/// Does not answer any more in the middle of a take.
pub(super) const STALLING: Candidate = Candidate {
    name: "synthetic-stalls",
    open: |format| ending(format, std::thread::park),
};

fn ending(format: VideoFormat, end: fn()) -> Result<Box<dyn VideoEncoder>, EncodeError> {
    let inner = Box::new(X264::with_profile(format, Profile::Main)?);
    let mut left = GOOD_PICTURES;
    Ok(Fake::boxed(inner, move |inner, call, out| {
        if left == 0 {
            loop {
                end();
            }
        }
        if let Call::Picture { .. } = call {
            left -= 1;
        }
        call.pass(inner, out)
    }))
}

/// Ends its process, as a driver that breaks down does.
pub(super) const CRASHING: Candidate = Candidate {
    name: "synthetic-crashes",
    open: |_| std::process::abort(),
};

/// Never answers.
pub(super) const HANGING: Candidate = Candidate {
    name: "synthetic-hangs",
    open: |_| loop {
        std::thread::park();
    },
};

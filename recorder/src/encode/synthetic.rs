//! Encoders for tests of whole programs: libx264 of the profile Main, which fails at one picture, and drivers that never come up.

use super::probe::{Call, Fake};
use super::{Candidate, EncodeError, X264, x264::Profile};

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

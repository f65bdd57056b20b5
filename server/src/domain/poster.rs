//! The picture that stands for a recording.

use std::time::Duration;

/// So much of a running take is looked at before the first choice is made.
pub const LOOK_AFTER: Duration = Duration::from_secs(3);

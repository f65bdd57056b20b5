//! Answers by mail: what an arrived mail says, whether a person wrote it, and what of it they wrote themselves. Pure.

mod address;
mod automatic;
mod html;
mod letter;
mod mime;
mod proof;
mod quote;

pub use address::{KNOWN_FOR, KeyAge, ReplyAddress, ReplyAddressError, ReplyToken, SIGNS_FOR};
pub use automatic::{Automatic, automatic};
pub use letter::{Refused, letter};
pub use mime::{Body, File, Head, MAX_MAIL, MimeBomb};
pub use proof::is_proved;
pub use quote::own_words;

use std::time::Duration;

/// So many answers of one sender are looked at within [`COUNTED`]; more is a loop.
pub const MAX_PER_HOUR: u64 = 60;
pub const COUNTED: Duration = Duration::from_secs(3600);
/// So long a mail that was taken is known, and not taken a second time.
pub const REMEMBERED: Duration = Duration::from_secs(180 * 24 * 3600);

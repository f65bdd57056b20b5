//! One's own account: profile, picture, address, password, browsers.

mod mail;
mod password;
mod picture;
mod profile;
mod sessions;
mod two_factor;

pub use mail::*;
pub use password::*;
pub(in crate::http) use picture::picture_url;
pub use picture::*;
pub use profile::*;
pub use sessions::*;
pub use two_factor::*;

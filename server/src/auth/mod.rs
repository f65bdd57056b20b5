//! Who is who: passwords, opaque tokens, cookies, and where a request may come from.

pub mod cookie;
pub mod origin;
pub mod password;
pub mod token;

//! Passwords, opaque tokens, cookies.

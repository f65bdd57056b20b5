//! What `doctor` found of one thing.

pub(super) enum Finding {
    Good(String),
    /// Works, but people will miss something.
    Lacking(String),
    Broken(String),
}

//! What the disk says.

use std::io;

/// A full disk, a used-up quota and a file larger than allowed mean the same to the one who sends.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

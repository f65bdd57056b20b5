//! Cells of rows to values and back. A cell that holds what the program never writes there is
//! [`StoreError::Inconsistent`].

use std::str::FromStr;

use aside_protocol::recording::Sha256;

use super::{Result, StoreError};

/// Reads the cells of one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table(pub(super) &'static str);

impl Table {
    /// A whole number that is not negative, such as `u64` or `u32`.
    pub(super) fn unsigned<T: TryFrom<i64>>(self, column: &'static str, cell: i64) -> Result<T> {
        T::try_from(cell).map_err(|_| StoreError::inconsistent(self.0, column, cell.to_string()))
    }

    /// A value that is written as text.
    pub(super) fn parsed<T: FromStr>(self, column: &'static str, cell: String) -> Result<T> {
        cell.parse()
            .map_err(|_| StoreError::inconsistent(self.0, column, cell))
    }

    /// 32 bytes.
    pub(super) fn bytes(self, column: &'static str, cell: Vec<u8>) -> Result<[u8; 32]> {
        let fits = <[u8; 32]>::try_from(cell);
        fits.map_err(|_| StoreError::inconsistent(self.0, column, "not 32 bytes"))
    }

    pub(super) fn sha256(self, cell: Vec<u8>) -> Result<Sha256> {
        self.bytes("sha256", cell).map(Sha256)
    }
}

/// For a cell. Sizes and ticks are far below 2⁶³ (checked where a part is read); one that is not shall fail, not wrap.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

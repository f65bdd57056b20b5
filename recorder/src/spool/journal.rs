//! The append-only journal: one line a fact, each with its own checksum.
//!
//! The checksum stands in front (`{16 hex digits} {json}`), so a line cut anywhere is
//! told from a whole one. Lines that do not check out are passed over, not fatal: the files say
//! what the take consists of, the journal saves time and tells whether the take ended well.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aside_protocol::recording::Sha256;
use aside_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::SpoolError;
use super::disk::{Disk, DiskFile};
use super::entry::Entry;

/// One fact about a take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The part lies on disk.
    Part(Entry),
    /// The recorder stopped by itself or was stopped, and this many parts were made.
    Ended { at: Timestamp, parts: u32 },
    /// When the take was last brought to its server, so many of the parts that were made could neither be read
    /// here nor were held there. The newest line counts.
    Damaged { lost: u32 },
    /// The server confirmed the part. Stands in the file `received`.
    Received {
        track: aside_protocol::recording::TrackName,
        number: u32,
    },
}

impl Line {
    fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        Ok(format!("{} {json}\n", checksum(json.as_bytes())).into_bytes())
    }

    fn decode(line: &str) -> Option<Self> {
        let (sum, json) = line.split_once(' ')?;
        (sum == checksum(json.as_bytes())).then(|| serde_json::from_str(json).ok())?
    }
}

/// The first eight bytes of SHA-256 as hex: not against people, only against torn writes.
fn checksum(bytes: &[u8]) -> String {
    let mut hex = Sha256::of(bytes).to_string();
    hex.truncate(16);
    hex
}

/// The facts in a journal's bytes, damaged ones left out.
pub(super) fn parse(bytes: &[u8]) -> Vec<Line> {
    bytes
        .split(|b| *b == b'\n')
        .filter_map(|line| std::str::from_utf8(line).ok())
        .filter_map(Line::decode)
        .collect()
}

/// A journal open for appending.
#[derive(Debug)]
pub struct Journal {
    file: Box<dyn DiskFile>,
    path: PathBuf,
}

impl Journal {
    /// Opens or makes the journal. A torn last line is closed off, so that the next one stands
    /// on a line of its own.
    pub fn open(path: &Path, disk: &Arc<dyn Disk>) -> Result<Self, SpoolError> {
        let fail = |e| SpoolError::io("open", path)(e);
        let torn = ends_torn(path).map_err(fail)?;
        let file = disk.open_to_append(path).map_err(fail)?;
        if torn {
            file.write(b"\n").map_err(fail)?;
        }
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Appends one fact; `durable` returns only when it survives a power cut, given that the file's name does.
    pub fn append(&self, line: &Line, durable: bool) -> Result<(), SpoolError> {
        let bytes = line.encode().map_err(|e| SpoolError::Damaged {
            path: self.path.clone(),
            why: e.to_string(),
        })?;
        self.file
            .write(&bytes)
            .and_then(|()| if durable { self.file.sync() } else { Ok(()) })
            .map_err(SpoolError::io("write to", &self.path))
    }
}

fn ends_torn(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(e),
    };
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use aside_protocol::recording::TrackName;

    use super::super::disk::SystemDisk;
    use super::super::entry::tests::entry;
    use super::*;

    fn lines() -> Vec<Line> {
        let mut lines: Vec<Line> = (0..3)
            .map(|n| Line::Part(entry(TrackName::Video, n)))
            .collect();
        lines.push(Line::Ended {
            at: Timestamp::from_micros(5),
            parts: 3,
        });
        lines
    }

    fn encoded(lines: &[Line]) -> Vec<u8> {
        lines.iter().flat_map(|l| l.encode().unwrap()).collect()
    }

    #[test]
    fn a_journal_torn_at_any_byte_keeps_every_whole_line() {
        let lines = lines();
        let bytes = encoded(&lines);
        for cut in 0..=bytes.len() {
            let read = parse(&bytes[..cut]);
            let ends: Vec<usize> = (1..=lines.len())
                .map(|n| encoded(&lines[..n]).len())
                .collect();
            // A line whose newline alone is missing is whole all the same.
            let whole = ends.iter().filter(|end| **end <= cut + 1).count();
            assert_eq!(read, lines[..whole], "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_its_line_and_no_other() {
        let lines = lines();
        let bytes = encoded(&lines);
        let second = encoded(&lines[..1]).len();
        let mut damaged = bytes;
        damaged[second + 30] ^= 1;
        let read = parse(&damaged);
        assert_eq!(read, [&lines[..1], &lines[2..]].concat());
    }

    #[test]
    fn a_line_after_a_torn_one_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
        let lines = lines();
        let bytes = encoded(&lines[..2]);
        for cut in 0..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let before = parse(&bytes[..cut]);
            let journal = Journal::open(&path, &disk).unwrap();
            journal.append(&lines[3], true).unwrap();
            let read = parse(&std::fs::read(&path).unwrap());
            assert_eq!(read.last(), Some(&lines[3]), "cut at {cut}");
            assert_eq!(read.len(), before.len() + 1, "cut at {cut}");
        }
    }
}

//! As much of the format `ustar` (POSIX.1-1988, §10.1.1) as a backup needs: plain files in a row, which any `tar` lists and unpacks.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Everything begins at a multiple of this; in bytes.
pub(super) const BLOCK: usize = 512;
/// Two empty blocks end an archive.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

const NAME: usize = 100;
const PREFIX: usize = 155;
/// Larger ones are not written in octal digits but in bytes, as GNU tar does.
const LARGEST_IN_DIGITS: u64 = 0o77_777_777_777;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    /// In bytes.
    pub(super) size: u64,
    /// Where its bytes begin.
    pub(super) at: u64,
}

/// What stands before a file of `size` bytes. None: the path does not fit.
pub(super) fn header(path: &str, size: u64) -> Option<[u8; BLOCK]> {
    let (prefix, name) = if path.len() <= NAME {
        ("", path)
    } else {
        path.rsplit_once('/')?
    };
    if name.len() > NAME || prefix.len() > PREFIX {
        return None;
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    if size <= LARGEST_IN_DIGITS {
        put(124, format!("{size:011o}\0").as_bytes());
    } else {
        put(124, &[0x80]);
        put(128, &size.to_be_bytes());
    }
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    put(345, prefix.as_bytes());
    let sum = format!("{:06o}\0 ", sum(&block));
    block[148..156].copy_from_slice(sum.as_bytes());
    Some(block)
}

/// How many empty bytes follow a file of `size` bytes.
pub(super) fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    if over == 0 { 0 } else { BLOCK - over }
}

/// Of a header whose own sum counts as spaces.
fn sum(block: &[u8; BLOCK]) -> u32 {
    block.iter().map(|byte| u32::from(*byte)).sum()
}

/// Whether the file is an archive; else it may be one of rows alone.
pub(super) fn is_archive(file: &File) -> io::Result<bool> {
    let mut magic = [0; 5];
    match file.read_exact_at(&mut magic, 257) {
        Ok(()) => Ok(magic == *b"ustar"),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Every file in an archive, in order. None: it is cut off or damaged.
pub(super) fn entries(file: &File) -> io::Result<Option<Vec<Entry>>> {
    let mut found = Vec::new();
    let (mut at, length) = (0, file.metadata()?.len());
    loop {
        let mut block = [0; BLOCK];
        match file.read_exact_at(&mut block, at) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        if block == [0; BLOCK] {
            return Ok(Some(found));
        }
        let Some((path, size)) = read(&block) else {
            return Ok(None);
        };
        at += BLOCK as u64;
        let is_file = matches!(block[156], b'0' | 0);
        if is_file {
            found.push(Entry { path, size, at });
        }
        at = match at.checked_add(size) {
            Some(end) if end <= length => end + padding(size) as u64,
            _ => return Ok(None),
        };
    }
}

fn read(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let mut summed = *block;
    summed[148..156].copy_from_slice(b"        ");
    if digits(&block[148..156])? != u64::from(sum(&summed)) {
        return None;
    }
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|it| *it == 0).unwrap_or(bytes.len());
        String::from_utf8(bytes[..end].to_vec()).ok()
    };
    let (prefix, name) = (text(&block[345..500])?, text(&block[..100])?);
    let path = if prefix.is_empty() {
        name
    } else {
        format!("{prefix}/{name}")
    };
    let size = if block[124] == 0x80 {
        u64::from_be_bytes(block[128..136].try_into().ok()?)
    } else {
        digits(&block[124..136])?
    };
    Some((path, size))
}

fn digits(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_matches([' ', '\0']);
    u64::from_str_radix(text, 8).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Command;

    use super::*;

    fn archive(files: &[(&str, &[u8])], end: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        for (path, bytes) in files {
            let size = bytes.len() as u64;
            file.write_all(&header(path, size).unwrap()).unwrap();
            file.write_all(bytes).unwrap();
            file.write_all(&vec![0; padding(size)]).unwrap();
        }
        file.write_all(end).unwrap();
        file
    }

    #[test]
    fn what_is_written_is_read_also_by_tar() {
        let long = format!("objects/{}/{}", "a".repeat(80), "b".repeat(90));
        let files: [(&str, &[u8]); 3] = [("a", b"1"), (&long, &[7; 512]), ("empty", b"")];
        let mut file = archive(&files, &END);
        let found = entries(&file).unwrap().unwrap();
        let told: Vec<_> = found.iter().map(|it| (&*it.path, it.size)).collect();
        assert_eq!(told, [("a", 1), (&*long, 512), ("empty", 0)]);
        let mut byte = [0; 1];
        file.read_exact_at(&mut byte, found[1].at).unwrap();
        assert_eq!((byte, is_archive(&file).unwrap()), ([7], true));
        io::Seek::rewind(&mut file).unwrap();
        let listed = Command::new("tar").arg("-t").stdin(file).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert_eq!(listed.lines().collect::<Vec<_>>(), ["a", &long, "empty"]);
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_none() {
        assert_eq!(entries(&archive(&[("a", b"1")], &[])).unwrap(), None);
        let file = archive(&[("a", b"1")], &END);
        file.write_all_at(b"b", 0).unwrap();
        assert_eq!(entries(&file).unwrap(), None);
        assert_eq!(header(&format!("a/{}", "b".repeat(101)), 0), None);
    }

    #[test]
    fn a_file_of_more_than_eight_gibibytes_has_its_size_in_bytes() {
        for size in [LARGEST_IN_DIGITS, LARGEST_IN_DIGITS + 1, u64::MAX / 2] {
            let block = header("a", size).unwrap();
            assert_eq!(read(&block), Some(("a".to_owned(), size)));
        }
    }
}

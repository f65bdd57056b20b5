//! The two ways in which the spool writes, as a parameter, so that a test can fill the disk.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// What the spool asks of a disk.
pub trait Disk: Send + Sync + Debug {
    /// Puts a whole file in place so that after a power cut it is either there with these bytes
    /// or not there at all. Leaves nothing behind when it fails.
    fn place(&self, folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Appends one line in one write; `durable` waits for the disk.
    fn append(&self, file: &File, line: &[u8], durable: bool) -> io::Result<()>;
}

/// The machine's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn place(&self, folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = folder.join(format!(".{name}.unfinished"));
        let placed = write_synced(&unfinished, bytes)
            .and_then(|()| fs::rename(&unfinished, folder.join(name)));
        if let Err(error) = placed {
            // Gives the space back; the first error is the one worth telling.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        sync_folder(folder)
    }

    fn append(&self, mut file: &File, line: &[u8], durable: bool) -> io::Result<()> {
        file.write_all(line)?;
        if durable { file.sync_data() } else { Ok(()) }
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Makes names in a folder durable. Windows cannot open folders and needs no such call.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

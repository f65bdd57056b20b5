//! What the spool asks of a disk, as a parameter: a test fills it, or cuts its power at any call.
//!
//! The calls are those of POSIX, and as little is promised as POSIX promises: bytes are durable after
//! [`DiskFile::sync`], names in a folder after [`Disk::sync_folder`], and nothing before.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// A disk. Reading goes past it: what is there is there.
pub trait Disk: Send + Sync + Debug {
    /// Makes one folder, readable by its owner alone. `false`: it was there already.
    fn make_folder(&self, path: &Path) -> io::Result<bool>;
    /// Makes a file, or empties the one that is there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file for appending; makes it where there is none.
    fn open_to_append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and everything in it.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Bytes that may still be written where `path` lies; an error where the system does not say.
    fn free(&self, path: &Path) -> io::Result<u64> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A file that is open for writing.
pub trait DiskFile: Send + Sync + Debug {
    /// Appends all of it, in one call where the system allows.
    fn write(&self, bytes: &[u8]) -> io::Result<()>;
    /// Makes the bytes durable; the file's name is another matter.
    fn sync(&self) -> io::Result<()>;
}

const UNFINISHED: &str = ".unfinished";

/// Puts a whole file in place so that after a power cut it is either there with these bytes or not there at
/// all. Leaves nothing behind when it fails before the file has its name.
pub(super) fn place(disk: &dyn Disk, folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}{UNFINISHED}"));
    let write = || {
        let file = disk.create(&unfinished)?;
        file.write(bytes)?;
        file.sync()?;
        disk.rename(&unfinished, &folder.join(name))
    };
    if let Err(error) = write() {
        // Gives the space back; the first error is the one worth telling.
        let _ = disk.remove_file(&unfinished);
        return Err(error);
    }
    sync_names(disk, folder)
}

/// Whether a file of this name was never given its own: [`place`] did not come so far.
pub(super) fn is_unfinished(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| name.starts_with('.') && name.ends_with(UNFINISHED))
}

/// Makes the names in a folder durable. Some file systems (network shares) answer EINVAL to that, always; here it
/// becomes [`io::ErrorKind::Unsupported`], so that nobody takes it for a wrong argument.
pub(super) fn sync_names(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    disk.sync_folder(folder)
        .map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => io::Error::new(io::ErrorKind::Unsupported, error),
            _ => error,
        })
}

/// Makes a folder and those above it, and makes the name of each that was not there durable in the one above.
pub(super) fn make_folders(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(above) = above {
        make_folders(disk, above)?;
    }
    if disk.make_folder(path)? {
        sync_names(disk, above.unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// The machine's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        let builder = &mut fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
        match builder.create(path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(SystemFile(File::create(path)?)))
    }

    fn open_to_append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Box::new(SystemFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    /// Windows cannot open folders and needs no such call.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) {
            File::open(path)?.sync_all()
        } else {
            Ok(())
        }
    }

    #[cfg(unix)]
    fn free(&self, path: &Path) -> io::Result<u64> {
        let system = rustix::fs::statvfs(path)?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }
}

#[derive(Debug)]
struct SystemFile(File);

impl DiskFile for SystemFile {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.0).write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

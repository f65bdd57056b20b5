//! The file of a preview: a PAM picture (netpbm), replaced as a whole by each new one, for its owner alone.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::pipeline::Thumbnail;

/// Ends of the names of previews.
const SUFFIX: &str = "pam";

/// One preview; its file is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct PreviewFile {
    path: PathBuf,
    unfinished: PathBuf,
}

impl PreviewFile {
    /// `{folder}/{process}-{name}.pam`.
    pub(crate) fn new(folder: &Path, process: u32, name: &str) -> Self {
        Self {
            path: folder.join(format!("{process}-{name}.{SUFFIX}")),
            unfinished: folder.join(format!(".{process}-{name}.unfinished")),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whoever reads sees the picture before or this one, never a part of either.
    pub(crate) fn write(&self, picture: &Thumbnail) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&self.unfinished)?;
        file.write_all(header(picture).as_bytes())?;
        file.write_all(&picture.rgba)?;
        fs::rename(&self.unfinished, &self.path)
    }

    /// Makes the folder where there is none, and removes what processes that are no more left there.
    pub(crate) fn tidy(folder: &Path) -> io::Result<()> {
        tidy(folder, is_alive)
    }

    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.unfinished);
    }
}

impl Drop for PreviewFile {
    fn drop(&mut self) {
        self.remove();
    }
}

fn header(picture: &Thumbnail) -> String {
    format!(
        "P7\nWIDTH {}\nHEIGHT {}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n",
        picture.size.width, picture.size.height
    )
}

/// Whether a process with this number is running.
fn is_alive(process: u32) -> bool {
    !cfg!(target_os = "linux") || Path::new("/proc").join(process.to_string()).exists()
}

fn tidy(folder: &Path, is_alive: impl Fn(u32) -> bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = [".pam", ".unfinished", "-take.mp4"]
            .iter()
            .any(|end| name.ends_with(end));
        let process = name.trim_start_matches('.').split('-').next();
        let process = process.and_then(|n| n.parse().ok());
        if ours && process.is_some_and(|process| !is_alive(process)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Size;

    #[test]
    fn a_picture_is_replaced_whole_and_gone_at_the_end_and_so_are_those_of_dead_processes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("run");
        tidy(&folder, |_| true).unwrap();
        for name in [
            "7-screen.pam",
            ".7-camera.unfinished",
            "8-screen.pam",
            "7.sock",
        ] {
            fs::write(folder.join(name), "").unwrap();
        }
        tidy(&folder, |process| process == 8).unwrap();
        let file = PreviewFile::new(&folder, 9, "screen");
        for (width, byte) in [(4, 1), (2, 9)] {
            let picture = Thumbnail {
                size: Size::even(width, 2),
                rgba: vec![byte; width as usize * 2 * 4],
            };
            file.write(&picture).unwrap();
            let written = fs::read(file.path()).unwrap();
            let (head, pixels) = written.split_at(written.len() - picture.rgba.len());
            assert_eq!(pixels, picture.rgba);
            assert!(head.starts_with(b"P7\n") && head.ends_with(b"ENDHDR\n"));
        }
        drop(file);
        let mut left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["7.sock", "8-screen.pam"]);
    }
}

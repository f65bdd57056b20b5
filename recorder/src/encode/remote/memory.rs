//! Memory that holds one picture, shared by a recorder and the process of its encoder. It is written and read like a file, so that
//! neither has to trust the other with a mapping.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{MemfdFlags, memfd_create};

use crate::compose::Picture;

pub(super) struct Memory(File);

impl Memory {
    pub(super) fn new() -> io::Result<Self> {
        let fd = memfd_create("aside-picture", MemfdFlags::CLOEXEC)?;
        Ok(Self(fd.into()))
    }

    /// That of the other process.
    pub(super) fn of(fd: OwnedFd) -> Self {
        Self(fd.into())
    }

    pub(super) fn share(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    pub(super) fn put(&self, picture: &Picture) -> io::Result<()> {
        let mut at = 0;
        for plane in [picture.y(), picture.u(), picture.v()] {
            self.0.write_all_at(plane, at)?;
            at += plane.len() as u64;
        }
        Ok(())
    }

    /// Takes the picture; `picture` has its size.
    pub(super) fn get(&self, picture: &mut Picture) -> io::Result<()> {
        let mut at = 0;
        for (plane, _) in picture.planes_mut() {
            self.0.read_exact_at(plane, at)?;
            at += plane.len() as u64;
        }
        Ok(())
    }
}

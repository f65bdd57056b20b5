//! Memory that the X server writes pictures into (MIT-SHM 1.2, by file descriptor).

#![expect(unsafe_code, reason = "shared memory is mapped by hand")]

use std::os::fd::OwnedFd;
use std::ptr::NonNull;

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// A mapping that the X server shares.
pub(super) struct Shared {
    start: NonNull<u8>,
    len: usize,
}

impl Shared {
    /// The mapping, and the descriptor for the server.
    pub(super) fn new(len: usize) -> rustix::io::Result<(Self, OwnedFd)> {
        let fd = memfd_create("aside-screen", MemfdFlags::CLOEXEC)?;
        ftruncate(&fd, len as u64)?;
        // SAFETY: a fresh mapping at an address the kernel chooses, over a file of `len` bytes that only the X
        // server gets besides us and that nobody truncates; unmapped once, in `drop`.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                len,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &fd,
                0,
            )?
        };
        let start = NonNull::new(start.cast()).ok_or(rustix::io::Errno::NOMEM)?;
        Ok((Self { start, len }, fd))
    }

    /// In bytes.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The bytes. The server writes only while it answers a request for a picture, so call this only when no
    /// such request is under way for the part that is read.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the mapping is `len` bytes long, lives as long as `self` and is borrowed mutably with it. The other
        // process writes only into areas whose reply has not been read yet, and nobody looks at those.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: start and length are those `mmap` gave, and nothing borrows the mapping any more. A
        // failure would leave the mapping in place, which harms nobody.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
    }
}

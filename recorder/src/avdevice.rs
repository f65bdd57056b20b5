//! libavdevice, loaded when a device of its is opened for the first time. With it come 70 libraries (SDL, OpenGL and the like), which take
//! half of the time of each start of this program; few takes and no other verb need one. Decision 62.

use ffmpeg_next as ffmpeg;

/// Makes libavdevice's devices known to libavformat.
///
/// # Errors
/// When there is no libavdevice of the FFmpeg that is loaded.
pub(crate) fn register() -> Result<(), ffmpeg::Error> {
    linux::register().map_err(|error| {
        tracing::warn!(%error, "libavdevice cannot be loaded: {error}");
        ffmpeg::Error::DemuxerNotFound
    })
}

mod linux {
    #![expect(
        unsafe_code,
        reason = "a library that is loaded by its name and called in it"
    )]

    use std::sync::OnceLock;

    use ffmpeg_next::ffi::LIBAVDEVICE_VERSION_MAJOR;
    use libloading::{Error, Library};

    pub(super) fn register() -> Result<(), &'static Error> {
        static LOADED: OnceLock<Result<(), Error>> = OnceLock::new();
        LOADED.get_or_init(load).as_ref().copied()
    }

    fn load() -> Result<(), Error> {
        let name = format!("libavdevice.so.{LIBAVDEVICE_VERSION_MAJOR}");
        // SAFETY: libavdevice and what it stands on do nothing when they are loaded that this program is not ready for: until it was
        // loaded in this way they were linked. The function has this signature in every version (avdevice.h); the library is
        // never unloaded, since libavformat keeps pointers into it.
        unsafe {
            let library = Library::new(name)?;
            library.get::<unsafe extern "C" fn()>(b"avdevice_register_all\0")?();
            std::mem::forget(library);
        }
        Ok(())
    }
}

//! libavdevice, loaded when a device of its is opened for the first time. With it come 70 libraries (SDL, OpenGL and the like), which take
//! half of the time of each start of this program; few takes and no other verb need one. Decision 62.

use ffmpeg_next as ffmpeg;

/// Makes libavdevice's devices known to libavformat.
///
/// # Errors
/// When there is no libavdevice of the FFmpeg that is loaded.
pub(crate) fn register() -> Result<(), ffmpeg::Error> {
    library::register().map_err(|error| {
        tracing::warn!(%error, "libavdevice cannot be loaded: {error}");
        ffmpeg::Error::DemuxerNotFound
    })
}

/// A device that libavdevice knows.
#[cfg(any(test, not(target_os = "linux")))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    /// For the name of an input.
    pub(crate) id: String,
    /// For people.
    pub(crate) name: String,
    /// It gives pictures.
    pub(crate) pictures: bool,
}

/// The devices of an input format, such as `dshow`. Linux lists its cameras without it.
///
/// # Errors
/// When there is no such format, or it has no list.
#[cfg(any(test, not(target_os = "linux")))]
pub(crate) fn input_devices(format: &str) -> Result<Vec<Device>, ffmpeg::Error> {
    register()?;
    library::input_devices(format)
}

/// The file of libavdevice on a system, by Rust's name of it.
fn file_name(os: &str, major: impl std::fmt::Display) -> String {
    match os {
        "macos" => format!("libavdevice.{major}.dylib"),
        "windows" => format!("avdevice-{major}.dll"),
        _ => format!("libavdevice.so.{major}"),
    }
}

mod library {
    #![expect(
        unsafe_code,
        reason = "a library that is loaded by its name and called in it"
    )]

    use std::sync::OnceLock;

    use ffmpeg_next::ffi::LIBAVDEVICE_VERSION_MAJOR;
    use libloading::{Error, Library};

    use super::file_name;

    fn loaded() -> Result<&'static Library, &'static Error> {
        // Never unloaded: libavformat keeps pointers into it.
        static LOADED: OnceLock<Result<Library, Error>> = OnceLock::new();
        LOADED.get_or_init(load).as_ref()
    }

    pub(super) fn register() -> Result<(), &'static Error> {
        loaded().map(|_| ())
    }

    fn load() -> Result<Library, Error> {
        let name = file_name(std::env::consts::OS, LIBAVDEVICE_VERSION_MAJOR);
        // SAFETY: libavdevice and what it stands on do nothing when they are loaded that this program is not ready for: until it was
        // loaded in this way they were linked. The function has this signature in every version (avdevice.h).
        unsafe {
            let library = Library::new(name)?;
            library.get::<unsafe extern "C" fn()>(b"avdevice_register_all\0")?();
            Ok(library)
        }
    }

    #[cfg(any(test, not(target_os = "linux")))]
    pub(super) use list::input_devices;

    #[cfg(any(test, not(target_os = "linux")))]
    mod list {
        use std::ffi::{CStr, CString, c_char, c_int};
        use std::ptr;

        use ffmpeg_next as ffmpeg;
        use ffmpeg_next::ffi::{
            AVDeviceInfo, AVDeviceInfoList, AVDictionary, AVInputFormat, AVMediaType,
            av_find_input_format,
        };

        use super::super::Device;

        type List = unsafe extern "C" fn(
            *const AVInputFormat,
            *const c_char,
            *mut AVDictionary,
            *mut *mut AVDeviceInfoList,
        ) -> c_int;
        type Free = unsafe extern "C" fn(*mut *mut AVDeviceInfoList);

        /// Call it when the library was registered.
        pub(in super::super) fn input_devices(format: &str) -> Result<Vec<Device>, ffmpeg::Error> {
            let library = super::loaded().map_err(|_| ffmpeg::Error::DemuxerNotFound)?;
            let format = CString::new(format).map_err(|_| ffmpeg::Error::InvalidData)?;
            // SAFETY: both functions have these signatures since FFmpeg 5 (avdevice.h). The list is made by the first one and freed by
            // the second, which takes null; what is read in it is copied before.
            unsafe {
                let missing = |_| ffmpeg::Error::DemuxerNotFound;
                let list = library.get::<List>(b"avdevice_list_input_sources\0");
                let free = library.get::<Free>(b"avdevice_free_list_devices\0");
                let (list, free) = (list.map_err(missing)?, free.map_err(missing)?);
                let format = av_find_input_format(format.as_ptr());
                if format.is_null() {
                    return Err(ffmpeg::Error::DemuxerNotFound);
                }
                let mut found = ptr::null_mut();
                let listed = list(format, ptr::null(), ptr::null_mut(), &raw mut found);
                let devices = copied(found);
                free(&raw mut found);
                if listed < 0 {
                    return Err(listed.into());
                }
                Ok(devices)
            }
        }

        /// # Safety
        /// `list` is null or one that libavdevice made.
        unsafe fn copied(list: *const AVDeviceInfoList) -> Vec<Device> {
            // SAFETY: see above; it has so many devices.
            unsafe {
                let Some(list) = list.as_ref() else {
                    return Vec::new();
                };
                let count = usize::try_from(list.nb_devices).unwrap_or(0);
                let devices = (0..count).filter_map(|i| (*list.devices.add(i)).as_ref());
                devices.map(|device| copy(device)).collect()
            }
        }

        /// # Safety
        /// `device` is of a list that libavdevice made.
        unsafe fn copy(device: &AVDeviceInfo) -> Device {
            // SAFETY: see above; its strings end with zero or are null, and it has so many kinds of media.
            unsafe {
                let text = |text: *const c_char| {
                    if text.is_null() {
                        return String::new();
                    }
                    CStr::from_ptr(text).to_string_lossy().into_owned()
                };
                let kinds = usize::try_from(device.nb_media_types).unwrap_or(0);
                let mut kinds = (0..kinds).map(|i| *device.media_types.add(i));
                Device {
                    id: text(device.device_name),
                    name: text(device.device_description),
                    pictures: kinds.any(|kind| kind == AVMediaType::AVMEDIA_TYPE_VIDEO),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_called_as_its_system_calls_libraries() {
        assert_eq!(file_name("linux", 59), "libavdevice.so.59");
        assert_eq!(file_name("macos", 62), "libavdevice.62.dylib");
        assert_eq!(file_name("windows", 62), "avdevice-62.dll");
    }

    #[test]
    fn an_input_without_a_list_or_a_name_is_an_error() {
        let none = input_devices("lavfi").unwrap_err();
        let errno = ffmpeg::error::ENOSYS;
        assert_eq!(none, ffmpeg::Error::Other { errno });
        let unknown = input_devices("no such input").unwrap_err();
        assert_eq!(unknown, ffmpeg::Error::DemuxerNotFound);
    }
}

//! libavformat, loaded when one of its functions is called for the first time. With it come 36 libraries (Bluetooth, discs, network
//! protocols), which take a third of the time of each start of this program; only cameras and `takes play` need one. Decision 70.
//!
//! The definitions here stand in front of the library's own: the linker finds them first, so that libavformat is not among the
//! libraries of this program, and each passes its call on. Pointers pass through as they are, whatever this version's types are.

#![expect(
    unsafe_code,
    reason = "functions of a library that is loaded by its name, under their own names"
)]

use std::os::raw::{c_char, c_int, c_void};
use std::sync::OnceLock;

use ffmpeg_next::ffi::{AVERROR_DEMUXER_NOT_FOUND, LIBAVFORMAT_VERSION_MAJOR};
use libloading::Library;

type Pointer = *mut c_void;
type Place = *mut *mut c_void;

fn library() -> Option<&'static Library> {
    static LOADED: OnceLock<Option<Library>> = OnceLock::new();
    let load = || {
        let name = format!("libavformat.so.{LIBAVFORMAT_VERSION_MAJOR}");
        // SAFETY: libavformat and what it stands on do nothing when they are loaded that this program is not ready for: until it was
        // loaded in this way they were linked.
        let loaded = unsafe { Library::new(name) };
        loaded
            .inspect_err(|error| tracing::warn!(%error, "libavformat cannot be loaded: {error}"))
            .ok()
    };
    LOADED.get_or_init(load).as_ref()
}

/// Functions of libavformat with their parameters (avformat.h, avio.h), and what they answer where there is no libavformat.
macro_rules! passed_on {
    ($($name:ident($($arg:ident: $type:ty),*) $(-> $answer:ty)?, else $failed:expr;)*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($arg: $type),*) $(-> $answer)? {
            type Function = unsafe extern "C" fn($($type),*) $(-> $answer)?;
            static FOUND: OnceLock<Option<Function>> = OnceLock::new();
            let find = || {
                let name = concat!(stringify!($name), "\0");
                // SAFETY: the function has had this signature, but for the types that pointers point to, since FFmpeg 4; the
                // library is never unloaded.
                unsafe { library()?.get::<Function>(name.as_bytes()).ok().map(|found| *found) }
            };
            match FOUND.get_or_init(find) {
                // SAFETY: what the caller promises is what the function asks for.
                Some(function) => unsafe { function($($arg),*) },
                None => $failed,
            }
        }
    )*};
}

passed_on! {
    av_find_best_stream(context: Pointer, kind: c_int, wanted: c_int, related: c_int, decoder: Place, flags: c_int) -> c_int,
        else AVERROR_DEMUXER_NOT_FOUND;
    av_find_input_format(name: *const c_char) -> Pointer, else std::ptr::null_mut();
    av_interleaved_write_frame(context: Pointer, packet: Pointer) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    av_read_frame(context: Pointer, packet: Pointer) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    av_write_frame(context: Pointer, packet: Pointer) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    av_write_trailer(context: Pointer) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    avformat_alloc_context() -> Pointer, else std::ptr::null_mut();
    avformat_alloc_output_context2(context: Place, format: Pointer, name: *const c_char, file: *const c_char) -> c_int,
        else AVERROR_DEMUXER_NOT_FOUND;
    avformat_close_input(context: Place), else ();
    avformat_find_stream_info(context: Pointer, options: Place) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    avformat_free_context(context: Pointer), else ();
    avformat_new_stream(context: Pointer, codec: Pointer) -> Pointer, else std::ptr::null_mut();
    avformat_open_input(context: Place, url: *const c_char, format: Pointer, options: Place) -> c_int,
        else AVERROR_DEMUXER_NOT_FOUND;
    avformat_write_header(context: Pointer, options: Place) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    avio_close(context: Pointer) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
    avio_context_free(context: Place), else ();
    avio_flush(context: Pointer), else ();
    avio_open(context: Place, url: *const c_char, flags: c_int) -> c_int, else AVERROR_DEMUXER_NOT_FOUND;
}

//! What a buffer of PipeWire holds: memory of the producer's, read while it is ours.

#![expect(
    unsafe_code,
    reason = "the bindings know no metadata, and trust sizes that the producer writes"
)]

use pipewire::spa::sys;
use pipewire::sys::pw_buffer;

/// A frame, for as long as its buffer is ours.
pub(in crate::source) struct StreamFrame<'a> {
    /// Of one memory each; several formats have all their planes in one.
    pub(in crate::source) planes: Vec<Plane<'a>>,
    /// Nanoseconds of the producer's clock.
    pub(in crate::source) pts: Option<i64>,
    /// The part of the frame that is meant.
    pub(in crate::source) crop: Option<Area>,
    /// What changed since the frame before; `None`: that is not said.
    pub(in crate::source) damage: Option<Vec<Area>>,
}

pub(in crate::source) struct Plane<'a> {
    pub(in crate::source) bytes: &'a [u8],
    /// Bytes from one row to the next; 0: not said.
    pub(in crate::source) stride: usize,
}

/// Of a frame, in pixels, as the producer says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Area {
    pub(in crate::source) x: i32,
    pub(in crate::source) y: i32,
    pub(in crate::source) width: u32,
    pub(in crate::source) height: u32,
}

impl Area {
    fn of(region: &sys::spa_region) -> Option<Self> {
        let sys::spa_region { position, size } = region;
        (size.width > 0 && size.height > 0).then_some(Self {
            x: position.x,
            y: position.y,
            width: size.width,
            height: size.height,
        })
    }
}

/// Why a buffer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The frame in a buffer; `None`: it holds none (a sign of life, or a damaged one).
///
/// # Safety
/// `buffer` is not null and was dequeued from a stream, which is given it back only when the frame is dropped.
pub(super) unsafe fn read<'a>(
    buffer: *mut pw_buffer,
) -> Result<Option<StreamFrame<'a>>, Unreadable> {
    // SAFETY: a dequeued buffer is valid, and so are its arrays, of as many elements as they say; each is only read. The
    // memory of a plane is mapped for as long as the buffer is ours, `maxsize` bytes of it; the part taken lies within.
    unsafe {
        let Some(buffer) = (*buffer).buffer.as_ref() else {
            return Ok(None);
        };
        let metas = array(buffer.metas, buffer.n_metas);
        let mut frame = StreamFrame {
            planes: Vec::with_capacity(1),
            pts: None,
            crop: None,
            damage: None,
        };
        for meta in metas.iter().filter(|meta| !meta.data.is_null()) {
            match meta.type_ {
                sys::SPA_META_Header if holds::<sys::spa_meta_header>(meta) => {
                    let header = &*meta.data.cast::<sys::spa_meta_header>();
                    if header.flags & sys::SPA_META_HEADER_FLAG_CORRUPTED != 0 {
                        return Ok(None);
                    }
                    frame.pts = (header.pts > 0).then_some(header.pts);
                }
                sys::SPA_META_VideoCrop if holds::<sys::spa_meta_region>(meta) => {
                    let crop = &*meta.data.cast::<sys::spa_meta_region>();
                    frame.crop = Area::of(&crop.region);
                }
                sys::SPA_META_VideoDamage => {
                    let count = meta.size as usize / size_of::<sys::spa_meta_region>();
                    let regions = array(meta.data.cast::<sys::spa_meta_region>(), capped(count));
                    let areas = regions.iter().map_while(|r| Area::of(&r.region));
                    frame.damage = Some(areas.collect());
                }
                _ => {}
            }
        }
        for data in array(buffer.datas, buffer.n_datas) {
            let Some(chunk) = data.chunk.as_ref() else {
                return Ok(None);
            };
            let flags = chunk.flags.cast_unsigned();
            if flags & (sys::SPA_CHUNK_FLAG_CORRUPTED | sys::SPA_CHUNK_FLAG_EMPTY) != 0
                || chunk.size == 0
            {
                return Ok(None);
            }
            let readable = matches!(data.type_, sys::SPA_DATA_MemPtr | sys::SPA_DATA_MemFd);
            if !readable || data.data.is_null() || data.maxsize == 0 {
                return Err(Unreadable);
            }
            let (offset, size) = within(chunk.offset, chunk.size, data.maxsize);
            let begin = data.data.cast::<u8>().cast_const().add(offset);
            frame.planes.push(Plane {
                bytes: std::slice::from_raw_parts(begin, size),
                stride: usize::try_from(chunk.stride).unwrap_or(0),
            });
        }
        Ok((!frame.planes.is_empty()).then_some(frame))
    }
}

fn holds<T>(meta: &sys::spa_meta) -> bool {
    meta.size as usize >= size_of::<T>()
}

fn capped(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// # Safety
/// `first` is null or begins `count` values that nobody writes while the slice lives.
unsafe fn array<'a, T>(first: *const T, count: u32) -> &'a [T] {
    if first.is_null() {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(first, count as usize) }
}

/// The part of a memory that a chunk means, whatever it claims: where it begins, and how long it is.
fn within(offset: u32, size: u32, most: u32) -> (usize, usize) {
    let offset = offset % most;
    (offset as usize, size.min(most - offset) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_never_reaches_beyond_its_memory() {
        assert_eq!(within(0, 400, 400), (0, 400));
        assert_eq!(within(100, 400, 400), (100, 300));
        assert_eq!(within(500, 10, 400), (100, 10));
        assert_eq!(within(399, u32::MAX, 400), (399, 1));
    }
}

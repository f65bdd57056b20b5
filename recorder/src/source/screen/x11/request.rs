//! What is said to the X server, and how its refusals read.

use x11rb::connection::RequestConnection as _;
use x11rb::cookie::Cookie;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::damage::{self, ConnectionExt as _};
use x11rb::protocol::shm::{ConnectionExt as _, GetImageReply};
use x11rb::protocol::xfixes::{self, ConnectionExt as _};
use x11rb::protocol::xinput::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat,
};
use x11rb::rust_connection::RustConnection;

use crate::source::{Rect, ScreenLost};

/// Asks for an area of the recorded screen or window, to be written at `offset` of the shared memory.
pub(super) fn ask(
    x: &RustConnection,
    drawable: u32,
    origin: (i32, i32),
    segment: u32,
    area: Rect,
    offset: usize,
) -> Result<Cookie<'_, RustConnection, GetImageReply>, ScreenLost> {
    let large = |_| ScreenLost("the screen has become too large".to_owned());
    let position =
        |at: u32, origin: i32| i16::try_from(i64::from(at) + i64::from(origin)).map_err(large);
    let side = |n: u32| u16::try_from(n).map_err(large);
    x.shm_get_image(
        drawable,
        position(area.x, origin.0)?,
        position(area.y, origin.1)?,
        side(area.width)?,
        side(area.height)?,
        u32::MAX,
        ImageFormat::Z_PIXMAP.into(),
        segment,
        u32::try_from(offset).map_err(large)?,
    )
    .map_err(lost)
}

/// Has the server tell us when `drawable` changes.
pub(super) fn watch_changes(
    x: &RustConnection,
    drawable: u32,
    damage: u32,
) -> Result<(), ReplyError> {
    x.damage_create(damage, drawable, damage::ReportLevel::NON_EMPTY)?
        .check()
}

/// Has the server tell us of the pointer's looks and motion, and of the desktop's size. `false`: it has no XInput 2.
pub(super) fn watch(x: &RustConnection, root: u32, region: u32) -> Result<bool, ReplyError> {
    x.xfixes_create_region(region, &[])?;
    x.xfixes_select_cursor_input(root, xfixes::CursorNotifyMask::DISPLAY_CURSOR)?;
    let size = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
    x.change_window_attributes(root, &size)?.check()?;
    if x.extension_information(xinput::X11_EXTENSION_NAME)?
        .is_some()
    {
        // From 2.1 on raw events come also while another program grabs the pointer, as menus do.
        let version = x.xinput_xi_query_version(2, 1)?.reply()?;
        if version.major_version >= 2 {
            let mask = vec![xinput::XIEventMask::RAW_MOTION];
            let masters = u16::from(xinput::Device::ALL_MASTER);
            x.xinput_xi_select_events(
                root,
                &[xinput::EventMask {
                    deviceid: masters,
                    mask,
                }],
            )?
            .check()?;
            return Ok(true);
        }
    }
    Ok(false)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn lost(e: ConnectionError) -> ScreenLost {
    ScreenLost(format!("the X server is gone: {e}"))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn gone(e: ReplyError) -> ScreenLost {
    ScreenLost(format!("the X server refused: {e}"))
}

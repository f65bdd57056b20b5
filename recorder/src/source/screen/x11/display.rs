//! Displays of an X11 desktop, and what a server must be able to do.

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::xproto::{ImageOrder, Screen};
use x11rb::protocol::{damage, randr, shm, xfixes};
use x11rb::rust_connection::RustConnection;

use crate::source::{OpenError, ScreenInfo};

/// Connects and checks. Returns the connection and the number of its screen.
pub(super) fn connect(name: Option<&str>) -> Result<(RustConnection, usize), OpenError> {
    x11rb::connect(name).map_err(|e| {
        let display = name.map_or_else(
            || std::env::var("DISPLAY").unwrap_or_default(),
            str::to_owned,
        );
        if display.is_empty() {
            OpenError::NoDesktop
        } else {
            OpenError::NoDisplay {
                display,
                detail: e.to_string(),
            }
        }
    })
}

/// Asks for the extensions a recording needs, in the versions it needs.
pub(super) fn extensions(x: &RustConnection) -> Result<(), OpenError> {
    for name in [
        shm::X11_EXTENSION_NAME,
        damage::X11_EXTENSION_NAME,
        xfixes::X11_EXTENSION_NAME,
    ] {
        if !matches!(x.extension_information(name), Ok(Some(_))) {
            return Err(OpenError::NoExtension { name });
        }
    }
    let shared = shm::query_version(x)
        .map_err(broken)?
        .reply()
        .map_err(broken)?;
    if (shared.major_version, shared.minor_version) < (1, 2) {
        return Err(OpenError::NoExtension {
            name: "MIT-SHM 1.2 (is this a display of another machine?)",
        });
    }
    damage::query_version(x, 1, 1)
        .map_err(broken)?
        .reply()
        .map_err(broken)?;
    xfixes::query_version(x, 5, 0)
        .map_err(broken)?
        .reply()
        .map_err(broken)?;
    Ok(())
}

/// Pixels must be 4 bytes: blue, green, red, unused.
pub(super) fn pixel_format(x: &RustConnection, screen: &Screen) -> Result<(), OpenError> {
    let setup = x.setup();
    let bits = setup
        .pixmap_formats
        .iter()
        .find(|f| f.depth == screen.root_depth)
        .map_or(0, |f| f.bits_per_pixel);
    let visual = screen
        .allowed_depths
        .iter()
        .flat_map(|d| &d.visuals)
        .find(|v| v.visual_id == screen.root_visual)
        .map(|v| (v.red_mask, v.green_mask, v.blue_mask));
    let fits = bits == 32
        && setup.image_byte_order == ImageOrder::LSB_FIRST
        && visual == Some((0x00ff_0000, 0x0000_ff00, 0x0000_00ff));
    if fits {
        Ok(())
    } else {
        Err(OpenError::PixelFormat(format!(
            "depth {}, {bits} bits a pixel",
            screen.root_depth
        )))
    }
}

/// The displays of an X11 desktop, in the server's order. `name`: as in DISPLAY, which is used without one.
pub fn displays(name: Option<&str>) -> Result<Vec<ScreenInfo>, OpenError> {
    let (x, number) = connect(name)?;
    monitors(&x, number)
}

pub(super) fn monitors(x: &RustConnection, number: usize) -> Result<Vec<ScreenInfo>, OpenError> {
    let root = &x.setup().roots[number];
    let whole = ScreenInfo {
        index: 0,
        name: "screen".to_owned(),
        width: u32::from(root.width_in_pixels),
        height: u32::from(root.height_in_pixels),
        x: 0,
        y: 0,
        primary: true,
    };
    if !matches!(
        x.extension_information(randr::X11_EXTENSION_NAME),
        Ok(Some(_))
    ) {
        return Ok(vec![whole]);
    }
    let version = randr::query_version(x, 1, 5)
        .map_err(broken)?
        .reply()
        .map_err(broken)?;
    if (version.major_version, version.minor_version) < (1, 5) {
        return Ok(vec![whole]);
    }
    let reply = randr::get_monitors(x, root.root, true)
        .map_err(broken)?
        .reply()
        .map_err(broken)?;
    let mut list = Vec::new();
    for (index, m) in reply.monitors.into_iter().enumerate() {
        use x11rb::protocol::xproto::ConnectionExt as _;
        let name = x
            .get_atom_name(m.name)
            .map_err(broken)?
            .reply()
            .map_err(broken)?
            .name;
        list.push(ScreenInfo {
            index,
            name: String::from_utf8_lossy(&name).into_owned(),
            width: u32::from(m.width),
            height: u32::from(m.height),
            x: i32::from(m.x),
            y: i32::from(m.y),
            primary: m.primary,
        });
    }
    Ok(if list.is_empty() { vec![whole] } else { list })
}

pub(super) fn broken(e: impl std::fmt::Display) -> OpenError {
    OpenError::Screen(e.to_string())
}

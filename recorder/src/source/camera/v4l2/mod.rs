//! The cameras of Linux.

mod ioctl;
mod rule;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::CameraWish;
use super::input::DeviceMode;
use crate::source::{CameraInfo, OpenError};

/// The cameras that can be opened, and words about what looks like one and is none.
pub(super) fn list() -> (Vec<CameraInfo>, Vec<String>) {
    let (nodes, closed) = nodes(Path::new("/dev"));
    let (cameras, mut notes) = rule::cameras(&nodes);
    if let Some(path) = closed.first() {
        let name = path.display().to_string();
        notes.push(OpenError::CameraForbidden { name }.to_string());
    }
    (cameras, notes)
}

/// The camera that is meant (a node, a link to one, or a name), and how to open it.
pub(super) fn choose(
    wanted: Option<&str>,
    wish: CameraWish,
) -> Result<(CameraInfo, DeviceMode), OpenError> {
    let (nodes, closed) = nodes(Path::new("/dev"));
    // udev's links below /dev/v4l survive another order of plugging in.
    let linked = wanted
        .filter(|w| w.starts_with('/'))
        .and_then(|w| std::fs::canonicalize(w).ok())
        .map(|path| path.display().to_string());
    let wanted = linked.as_deref().or(wanted);
    let forbidden = closed
        .iter()
        .find(|path| wanted.is_none_or(|w| Path::new(w) == path.as_path()));
    let chosen = rule::choose(&nodes, wanted, wish);
    let (node, mode) = match (chosen, forbidden) {
        (Err(_), Some(path)) => {
            let name = path.display().to_string();
            return Err(OpenError::CameraForbidden { name });
        }
        (chosen, _) => chosen?,
    };
    Ok((node.info(), mode))
}

/// Every node that can be looked at, in the order of their numbers, and those that this person may not open.
fn nodes(folder: &Path) -> (Vec<rule::Node>, Vec<PathBuf>) {
    let mut paths: Vec<(u32, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = entry
                .file_name()
                .to_str()?
                .strip_prefix("video")?
                .parse()
                .ok()?;
            Some((number, entry.path()))
        })
        .collect();
    paths.sort();
    let (mut nodes, mut closed) = (Vec::new(), Vec::new());
    for (_, path) in paths {
        match ioctl::look(&path) {
            Ok(node) => nodes.push(node),
            Err(e) if e.kind() == ErrorKind::PermissionDenied => closed.push(path),
            Err(error) => tracing::debug!(node = %path.display(), %error, "not looked at"),
        }
    }
    (nodes, closed)
}

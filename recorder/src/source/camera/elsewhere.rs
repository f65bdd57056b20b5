//! The cameras of macOS and Windows, as libavdevice lists them. Compiled for the tests, and never tried there.

use super::CameraWish;
use super::input::{DeviceMode, System};
use crate::avdevice::{self, Device};
use crate::source::{CameraInfo, OpenError};

/// The camera that the system likes best, by the name that AVFoundation has for it.
const DEFAULT: &str = "default";
const NO_LIST: &str = "the cameras of macOS are not listed: `--camera` takes a name, as System Information has it, or an index";

/// The cameras that can be opened, and words about what is missing.
pub(super) fn list(system: System) -> (Vec<CameraInfo>, Vec<String>) {
    match system {
        // Its input has no list for programs.
        System::MacOs => {
            let camera = CameraInfo {
                id: DEFAULT.to_owned(),
                name: "the camera that macOS prefers".to_owned(),
                default: true,
            };
            (vec![camera], vec![NO_LIST.to_owned()])
        }
        System::Windows => match avdevice::input_devices("dshow") {
            Ok(devices) => (cameras(&devices), Vec::new()),
            Err(error) => (
                Vec::new(),
                vec![format!("cameras cannot be listed: {error}")],
            ),
        },
        System::Linux => (Vec::new(), Vec::new()),
    }
}

/// Those that give pictures; the first one is the default.
fn cameras(devices: &[Device]) -> Vec<CameraInfo> {
    let give_pictures = devices.iter().filter(|it| it.pictures).enumerate();
    give_pictures
        .map(|(i, device)| CameraInfo {
            id: device.id.clone(),
            name: device.name.clone(),
            default: i == 0,
        })
        .collect()
}

/// The device that is meant, as libavdevice calls it, and what it is asked for.
pub(super) fn choose(
    system: System,
    wanted: Option<&str>,
    wish: CameraWish,
) -> Result<(CameraInfo, DeviceMode), OpenError> {
    let (listed, notes) = list(system);
    let camera = chosen(system, &listed, &notes, wanted)?;
    let mode = DeviceMode {
        input_format: "nv12",
        size: wish.size,
        fps: f64::from(wish.fps),
    };
    Ok((camera, mode))
}

fn chosen(
    system: System,
    listed: &[CameraInfo],
    notes: &[String],
    wanted: Option<&str>,
) -> Result<CameraInfo, OpenError> {
    let Some(wanted) = wanted else {
        let first = listed.first().cloned();
        return first.ok_or_else(|| OpenError::NoCamera {
            notes: notes.iter().map(|note| format!(" ({note})")).collect(),
        });
    };
    let found = listed.iter().find(|it| it.id == wanted);
    let found = found.or_else(|| listed.iter().find(|it| it.name == wanted));
    match (found, system) {
        (Some(camera), _) => Ok(camera.clone()),
        // The device is asked; it knows names that are not listed.
        (None, System::MacOs) => Ok(CameraInfo {
            id: wanted.to_owned(),
            name: wanted.to_owned(),
            default: false,
        }),
        (None, System::Linux | System::Windows) => {
            let names: Vec<&str> = listed.iter().map(|it| it.name.as_str()).collect();
            Err(OpenError::NoSuchCamera {
                wanted: wanted.to_owned(),
                list: format!("there are: {}", names.join(", ")),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::Size;

    fn device(id: &str, name: &str, pictures: bool) -> Device {
        Device {
            id: id.to_owned(),
            name: name.to_owned(),
            pictures,
        }
    }

    #[test]
    fn a_camera_of_windows_is_found_by_its_name_or_by_what_is_listed() {
        let listed = cameras(&[
            device("@device_cm_{33D9}", "Microphone", false),
            device("@device_pnp_a", "Integrated Camera", true),
            device("@device_pnp_b", "Cam Link: 4K", true),
        ]);
        let ids: Vec<_> = listed.iter().map(|it| (&*it.id, it.default)).collect();
        assert_eq!(ids, [("@device_pnp_a", true), ("@device_pnp_b", false)]);
        let chosen = |wanted| chosen(System::Windows, &listed, &[], wanted).map(|it| it.id);
        assert_eq!(chosen(None).unwrap(), "@device_pnp_a");
        // A name with a colon could not be said to DirectShow.
        assert_eq!(chosen(Some("Cam Link: 4K")).unwrap(), "@device_pnp_b");
        assert_eq!(chosen(Some("@device_pnp_b")).unwrap(), "@device_pnp_b");
        let refused = chosen(Some("Microphone")).unwrap_err().to_string();
        assert!(
            refused.contains("Integrated Camera, Cam Link: 4K"),
            "{refused}"
        );
    }

    #[test]
    fn macos_is_asked_for_its_default_or_for_any_name() {
        let wish = CameraWish {
            size: Size {
                width: 1280,
                height: 720,
            },
            fps: 30,
        };
        let chosen = |wanted| {
            let (camera, mode) = choose(System::MacOs, wanted, wish).unwrap();
            assert_eq!((mode.size, mode.fps), (wish.size, 30.0));
            camera.id
        };
        assert_eq!(chosen(None), "default");
        assert_eq!(chosen(Some("iPhone Camera")), "iPhone Camera");
        let (listed, notes) = list(System::MacOs);
        assert_eq!((listed.len(), notes.len()), (1, 1));
    }

    #[test]
    fn where_there_is_no_camera_the_reasons_are_said() {
        let none = chosen(System::Windows, &[], &["cannot be listed".to_owned()], None);
        let said = none.unwrap_err().to_string();
        assert!(said.contains("(cannot be listed)"), "{said}");
    }
}

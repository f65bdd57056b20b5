//! Which of the devices that are there is meant. Pure.

use crate::source::{MicrophoneInfo, OpenError};

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The microphone with this id or name.
    Named(String),
    /// Whatever is the default at the moment.
    DefaultMicrophone,
    /// What the default output plays.
    DefaultOutput,
}

impl Wanted {
    /// Of a microphone that was asked for by its name.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::DefaultMicrophone | Self::DefaultOutput => None,
        }
    }

    /// Whether another device is meant when another one becomes the default.
    pub(super) fn follows_default(&self) -> bool {
        self.name().is_none()
    }
}

/// Index of the monitor of the output `default`. `monitored`: the output that each source is the monitor of, and its own id.
pub(super) fn choose_monitor(
    monitored: &[(Option<&str>, &str)],
    default: Option<&str>,
) -> Result<usize, OpenError> {
    let Some(default) = default else {
        return Err(OpenError::SystemSound("there is no output".to_owned()));
    };
    let named = format!("{default}.monitor");
    monitored
        .iter()
        .position(|(output, _)| *output == Some(default))
        .or_else(|| monitored.iter().position(|(_, id)| *id == named))
        .ok_or_else(|| {
            OpenError::SystemSound(format!("the output {default} cannot be listened to"))
        })
}

/// Index of the microphone with this id or name; without a wish the default, but never a monitor: a monitor records what
/// the machine plays, not what a person says.
pub(super) fn choose(list: &[MicrophoneInfo], wanted: Option<&str>) -> Result<usize, OpenError> {
    let Some(wanted) = wanted else {
        return list
            .iter()
            .position(|i| i.default && !i.monitor)
            .or_else(|| list.iter().position(|i| !i.monitor))
            .ok_or(OpenError::NoMicrophone);
    };
    list.iter()
        .position(|i| i.id == wanted)
        .or_else(|| list.iter().position(|i| i.name == wanted))
        .ok_or_else(|| OpenError::NoSuchMicrophone {
            wanted: wanted.to_owned(),
            list: named(list),
        })
}

fn named(list: &[MicrophoneInfo]) -> String {
    if list.is_empty() {
        return "there is none".to_owned();
    }
    let ids: Vec<&str> = list.iter().map(|i| i.id.as_str()).collect();
    format!("there are: {}", ids.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(id: &str, default: bool, monitor: bool) -> MicrophoneInfo {
        MicrophoneInfo {
            id: id.to_owned(),
            name: format!("The {id}"),
            default,
            monitor,
        }
    }

    #[test]
    fn without_a_wish_it_is_the_default_and_never_a_monitor() {
        let list = [
            info("speakers.monitor", true, true),
            info("desk", false, false),
            info("headset", false, false),
        ];
        assert_eq!(choose(&list, None), Ok(1));
        let list = [list[1].clone(), info("headset", true, false)];
        assert_eq!(choose(&list, None), Ok(1));
        assert_eq!(
            choose(&[info("a.monitor", true, true)], None),
            Err(OpenError::NoMicrophone)
        );
    }

    #[test]
    fn the_machines_own_sound_is_the_monitor_of_the_default_output() {
        let sources = [
            (Some("hdmi"), "hdmi.monitor"),
            (None, "desk"),
            (Some("speakers"), "speakers.monitor"),
        ];
        assert_eq!(choose_monitor(&sources, Some("speakers")), Ok(2));
        assert_eq!(
            choose_monitor(&[(None, "speakers.monitor")], Some("speakers")),
            Ok(0)
        );
        for missing in [
            choose_monitor(&sources, None),
            choose_monitor(&sources, Some("usb")),
        ] {
            let message = missing.unwrap_err().to_string();
            assert!(message.contains("--system-audio off"), "{message}");
        }
    }

    #[test]
    fn a_wish_is_an_id_or_a_name_and_a_missing_one_lists_what_is_there() {
        let list = [info("a.monitor", false, true), info("desk", true, false)];
        assert_eq!(choose(&list, Some("a.monitor")), Ok(0));
        assert_eq!(choose(&list, Some("The desk")), Ok(1));
        let missing = choose(&list, Some("other")).unwrap_err().to_string();
        assert!(missing.contains("a.monitor, desk"), "{missing}");
    }
}

//! What the app remembers: `app.toml` beside the recorder's `config.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::hotkey::Action;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Shown to the speaker while recording.
    pub notes: String,
    pub theme: Theme,
    pub bar: Bar,
    pub choice: Choice,
    /// Keys that differ from the defaults; an empty one is none.
    pub hotkeys: BTreeMap<Action, String>,
    /// The test recording was made, or somebody did not want one.
    pub tried: bool,
    /// There were no settings: the first start.
    #[serde(skip)]
    pub fresh: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop says.
    #[default]
    System,
    Light,
    Dark,
}

/// Where the bar is while recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// On a place that is not recorded; where there is none, the window is minimised.
    #[default]
    Unrecorded,
    /// In view, even if it is recorded.
    Shown,
}

impl Settings {
    /// The keys of an action, such as `Ctrl+Shift+L`; empty: none.
    pub fn keys(&self, action: Action) -> &str {
        self.hotkeys
            .get(&action)
            .map_or(action.default_keys(), String::as_str)
    }

    /// Reads what was written; what cannot be read is as at the first start.
    pub fn read(text: &str) -> Self {
        let mut settings: Self = toml::from_str(text).unwrap_or_default();
        settings.choice = settings.choice.remembered();
        settings
    }

    /// As [`Settings::read`] reads it.
    pub fn write(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::choice::{Area, Device, Picture};
    use super::*;

    #[test]
    fn settings_are_read_back_as_they_were_written() {
        let mut settings = Settings {
            notes: "one\ntwo".to_owned(),
            theme: Theme::Dark,
            ..Settings::default()
        };
        settings.hotkeys.insert(Action::Pause, String::new());
        settings.choice.camera = Device::Named("/dev/video0".to_owned());
        let area = Area {
            x: -5,
            y: 2,
            width: 640,
            height: 360,
        };
        for picture in [
            Picture::Desktop,
            Picture::Display(1),
            Picture::Area(area),
            Picture::Camera,
        ] {
            settings.choice.picture = picture;
            assert_eq!(Settings::read(&settings.write()), settings);
        }
    }

    #[test]
    fn a_broken_file_costs_the_settings_and_not_the_start() {
        assert_eq!(Settings::read("theme = 7"), Settings::default());
        assert_eq!(Settings::read(""), Settings::default());
    }
}

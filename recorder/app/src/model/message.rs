//! What the desktop is asked to show while the window is out of view: that a take runs, with the buttons that steer it, and
//! at the end its link.

use super::act::Intent;
use super::hotkey::Action;
use super::line::{Phase, Upload};
use super::news::News;
use super::take::End;
use super::{Effect, Model, words};

/// One notification of the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub title: String,
    pub text: String,
    pub buttons: Vec<Button>,
    /// It stands until it is taken back, and is not laid over the screen where the desktop can do without: that is being
    /// recorded.
    pub quiet: bool,
}

/// What is pressed in a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    Stop,
    Pause,
    GoOn,
    /// The link.
    Open,
    /// The notification itself.
    Show,
}

impl Button {
    pub const ALL: [Self; 5] = [Self::Stop, Self::Pause, Self::GoOn, Self::Open, Self::Show];

    /// As it comes back when it is pressed; `default` is the notification itself.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::GoOn => "go_on",
            Self::Open => "open",
            Self::Show => "default",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "Stop",
            Self::Pause => "Pause",
            Self::GoOn => "Go on",
            Self::Open => "Open",
            Self::Show => "Show Aside",
        }
    }
}

impl Model {
    /// What is to be shown now. `hidden`: while recording nobody sees the window.
    pub fn message(&self, hidden: bool) -> Option<Message> {
        if !hidden || self.trial.is_some() {
            return None;
        }
        if self.is_live() {
            return self.running();
        }
        self.card.as_ref().and_then(|card| {
            let take = &card.take;
            // Said once, when it is known how it went, or that this will take a while.
            if take.end.is_none() && take.upload != Upload::Offline {
                return None;
            }
            let url = take.url.as_deref().unwrap_or_default();
            let linked = !url.is_empty() && !matches!(take.end, Some(End::Nothing));
            let title = match (linked, take.copied) {
                (true, true) => "Link copied",
                (true, false) => "Recording finished",
                (false, _) => "Recording ended",
            };
            let mut buttons = vec![Button::Show];
            if linked {
                buttons.push(Button::Open);
            }
            Some(Message {
                title: title.to_owned(),
                text: words::ended(take),
                buttons,
                quiet: false,
            })
        })
    }

    fn running(&self) -> Option<Message> {
        let (title, steer) = match self.take.phase {
            Phase::Countdown | Phase::Recording => ("Aside is recording", Button::Pause),
            Phase::Paused => ("Aside is paused", Button::GoOn),
            _ => return None,
        };
        let keys = self.settings.keys(Action::StartStop);
        let text = match self.hotkeys_bound && !keys.is_empty() {
            true => format!("{keys} stops, and so does “aside stop”."),
            false => "“aside stop” stops as well.".to_owned(),
        };
        Some(Message {
            title: title.to_owned(),
            text,
            buttons: vec![Button::Show, Button::Stop, steer],
            quiet: true,
        })
    }

    /// Does what a press of it asks for. Whoever clicks twice means it once.
    pub fn pressed(&mut self, button: Button) -> Vec<Effect> {
        let intent = match button {
            // A second one would not wait for the upload.
            Button::Stop if self.take.stop_asked => return Vec::new(),
            Button::Stop => Some(Intent::Stop),
            Button::Pause => Some(Intent::Pause),
            Button::GoOn => Some(Intent::GoOn),
            Button::Open => {
                let card = self.card.as_ref();
                card.and_then(|card| card.take.url.clone())
                    .map(Intent::Open)
            }
            Button::Show => None,
        };
        match intent {
            Some(intent) => self.act(intent),
            None => self.hear(News::Raise),
        }
    }
}

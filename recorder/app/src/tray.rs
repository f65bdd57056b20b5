//! The icon in the tray, where the desktop has one: the window can be out of view while a take runs.

use std::sync::mpsc::{self, SyncSender};
use std::thread::Builder;

use ksni::blocking::{Handle, TrayMethods as _};
use ksni::menu::StandardItem;
use ksni::{Icon, MenuItem};

/// What is asked for in the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Show,
    StartStop,
    Pause,
    Quit,
}

/// What the tray shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    pub live: bool,
    pub paused: bool,
}

type Tell = Box<dyn Fn(Asked) + Send>;

struct Item {
    shown: Shown,
    tell: Tell,
}

/// The icon; it goes when this is dropped.
pub struct Tray {
    changes: SyncSender<Shown>,
    shown: Shown,
}

impl Tray {
    /// A desktop without a tray is none's fault: then there is no icon. The desktop is spoken to on a thread of its own.
    pub fn new(tell: impl Fn(Asked) + Send + 'static) -> Self {
        let (changes, changed) = mpsc::sync_channel(16);
        let serve = move || {
            let item = Item {
                shown: Shown::default(),
                tell: Box::new(tell),
            };
            let handle: Option<Handle<Item>> = item.spawn().ok();
            while let (Some(handle), Ok(shown)) = (&handle, changed.recv()) {
                handle.update(move |item| item.shown = shown);
            }
        };
        // Without a thread there is no icon either.
        let _ = Builder::new().name("tray".to_owned()).spawn(serve);
        Self {
            changes,
            shown: Shown::default(),
        }
    }

    pub fn show(&mut self, shown: Shown) {
        if shown != self.shown {
            self.shown = shown;
            // A tray that does not keep up shows the next change.
            let _ = self.changes.try_send(shown);
        }
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "aside".to_owned()
    }

    fn title(&self) -> String {
        match self.shown {
            Shown { paused: true, .. } => "Aside: paused".to_owned(),
            Shown { live: true, .. } => "Aside: recording".to_owned(),
            _ => "Aside".to_owned(),
        }
    }

    fn icon_name(&self) -> String {
        "io.github.aside.Aside".to_owned()
    }

    /// For desktops without the icon's theme.
    fn icon_pixmap(&self) -> Vec<Icon> {
        vec![icon(self.shown.live)]
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.tell)(Asked::Show);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let item = |label: &str, asked: Asked| {
            MenuItem::Standard(StandardItem {
                label: label.to_owned(),
                activate: Box::new(move |item: &mut Self| (item.tell)(asked)),
                ..StandardItem::default()
            })
        };
        let mut menu = vec![item("Show Aside", Asked::Show)];
        if self.shown.live {
            menu.push(item("Stop recording", Asked::StartStop));
            menu.push(item(
                if self.shown.paused { "Go on" } else { "Pause" },
                Asked::Pause,
            ));
        } else {
            menu.push(item("Start recording", Asked::StartStop));
            menu.push(item("Quit", Asked::Quit));
        }
        menu
    }
}

/// A disc: red while a take runs.
fn icon(live: bool) -> Icon {
    const SIDE: i32 = 32;
    let colour: [u8; 4] = if live {
        [255, 0xe0, 0x3c, 0x3c]
    } else {
        [255, 0x6a, 0x5f, 0xd8]
    };
    let mut data = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (dx, dy) = (2 * x + 1 - SIDE, 2 * y + 1 - SIDE);
            let inside = dx * dx + dy * dy <= (SIDE - 4) * (SIDE - 4);
            data.extend(if inside { colour } else { [0; 4] });
        }
    }
    Icon {
        width: SIDE,
        height: SIDE,
        data,
    }
}

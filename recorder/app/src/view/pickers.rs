//! What is recorded: screen, camera, microphone, the sound of the computer.

use eframe::egui::{Button, ComboBox, Popup, Response, RichText, Ui, vec2};

use super::widgets;
use crate::model::Model;
use crate::model::account::Account;
use crate::model::act::Intent;
use crate::model::choice::{Choice, Device, Picture, Share};
use crate::model::sources::{Sources, Window};
use crate::model::words;
use crate::theme;

/// Longest name of a window that is shown, in letters.
const NAME: usize = 42;

pub(super) fn show(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let mut choice = model.settings.choice.clone();
    let sources = &model.sources;

    pick(
        ui,
        "Screen",
        &picture_name(&choice.picture, sources, model.wayland),
        |ui| {
            wishes.extend(picture(ui, &mut choice, sources, model.wayland));
        },
    );
    if model.desktop_asks() {
        ui.checkbox(&mut choice.ask, "Ask again which screen")
            .on_hover_text(
                "Otherwise the screen or window of last time is recorded, where it is still there.",
            );
    }
    pick(ui, "Camera", &camera_name(&choice, sources), |ui| {
        camera(ui, &mut choice, sources);
    });
    pick(
        ui,
        "Microphone",
        &microphone_name(&choice.microphone, sources),
        |ui| {
            microphone(ui, &mut choice.microphone, sources);
        },
    );
    let levels = &model.take.levels;
    let width = ui.available_width();
    if choice.microphone != Device::Off {
        let size = vec2(width, 6.0);
        widgets::meter(
            ui,
            "Level of the microphone",
            levels.mic_level_db,
            model.take.is_silent(),
            size,
        );
    }
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.checkbox(&mut choice.system_sound, "System sound")
            .on_hover_text("Also records what this computer plays. With loudspeakers it is heard twice: wear headphones.");
        if choice.system_sound {
            let size = vec2(ui.available_width(), 6.0);
            widgets::meter(ui, "Level of the system sound", levels.system_level_db, false, size);
        }
    });
    ui.checkbox(&mut choice.denoise, "Take out noise")
        .on_hover_text("Fans, keys, the street. For voices, not for music.");
    if matches!(model.account, Account::SignedIn { .. }) && model.trial.is_none() {
        pick(ui, "Visible to", words::share(choice.share), |ui| {
            for share in Share::ALL {
                option(ui, &mut choice.share, share, words::share(share));
            }
        });
    }
    if choice != model.settings.choice {
        wishes.push(Intent::Choose(choice));
    }
}

fn pick(ui: &mut Ui, name: &str, shown: &str, menu: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let label = widgets::beside(ui, name, 84.0).id;
        let width = ui.available_width();
        ComboBox::from_id_salt(name)
            .selected_text(shown)
            .width(width)
            .truncate()
            .show_ui(ui, |ui| {
                ui.set_min_width(width - 12.0);
                menu(ui);
            })
            .response
            .labelled_by(label);
    });
}

fn option<T: PartialEq>(ui: &mut Ui, current: &mut T, value: T, name: &str) {
    let selected = *current == value;
    if ui.selectable_label(selected, name).clicked() {
        *current = value;
        Popup::close_all(ui.ctx());
    }
}

/// An entry that a key of the page opens as well.
fn key_label(ui: &mut Ui, selected: bool, name: &str, key: &str) -> Response {
    ui.add(Button::selectable(selected, name).shortcut_text(key))
        .accessible_name(name)
}

fn group(ui: &mut Ui, name: &str) {
    let p = widgets::palette(ui);
    ui.add_space(2.0);
    ui.label(RichText::new(name).color(p.muted).size(theme::SMALL));
}

fn desktop_name(wayland: bool) -> &'static str {
    if wayland {
        "The desktop asks"
    } else {
        "Whole desktop"
    }
}

fn picture_name(picture: &Picture, sources: &Sources, wayland: bool) -> String {
    match picture {
        Picture::Desktop => desktop_name(wayland).to_owned(),
        Picture::Camera => "Camera only".to_owned(),
        Picture::Area(area) => format!("Area, {}×{}", area.width, area.height),
        Picture::Display(index) => sources
            .screens
            .iter()
            .find(|s| s.index == *index)
            .map_or_else(
                || format!("Display {}", index + 1),
                |s| format!("{}: {}×{}", s.name, s.width, s.height),
            ),
        Picture::Window(id) => sources
            .windows
            .iter()
            .find(|w| w.id == *id)
            .map_or_else(|| "A window".to_owned(), window_name),
    }
}

fn window_name(window: &Window) -> String {
    let name = match (window.title.as_str(), window.app.as_str()) {
        ("", "") => "A window without a name",
        ("", app) => app,
        (title, _) => title,
    };
    let mut short: String = name.chars().take(NAME).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}

/// What is to be chosen on the desktop itself, if that is wanted.
fn picture(ui: &mut Ui, choice: &mut Choice, sources: &Sources, wayland: bool) -> Option<Intent> {
    let now = &mut choice.picture;
    option(ui, now, Picture::Desktop, desktop_name(wayland));
    option(ui, now, Picture::Camera, "Camera only");
    if wayland {
        return None;
    }
    let mut wish = None;
    let area = matches!(now, Picture::Area(_));
    if !sources.screens.is_empty() && key_label(ui, area, "Area…", "A").clicked() {
        wish = Some(Intent::PickArea);
    }
    if sources.screens.len() > 1 {
        group(ui, "Displays");
        for screen in &sources.screens {
            let name = format!("{}: {}×{}", screen.name, screen.width, screen.height);
            option(ui, now, Picture::Display(screen.index), &name);
        }
    }
    let open = || sources.windows.iter().filter(|w| !w.minimised);
    if open().next().is_some() {
        group(ui, "Windows");
        if key_label(ui, false, "Point at one…", "W").clicked() {
            wish = Some(Intent::PickWindow);
        }
        for window in open() {
            option(
                ui,
                now,
                Picture::Window(window.id.clone()),
                &window_name(window),
            );
        }
    }
    if wish.is_some() {
        Popup::close_all(ui.ctx());
    }
    wish
}

fn camera_name(choice: &Choice, sources: &Sources) -> String {
    match &choice.camera {
        Device::Off if choice.picture == Picture::Camera => "Default".to_owned(),
        Device::Off => "Off".to_owned(),
        Device::Default => "Default".to_owned(),
        Device::Named(id) => {
            let known = sources.cameras.iter().find(|c| c.id == *id);
            known.map_or_else(|| id.clone(), |c| c.name.clone())
        }
    }
}

fn camera(ui: &mut Ui, choice: &mut Choice, sources: &Sources) {
    let now = &mut choice.camera;
    option(ui, now, Device::Off, "Off");
    if sources.cameras.is_empty() {
        group(ui, "No camera was found");
        return;
    }
    option(ui, now, Device::Default, "Default");
    for camera in &sources.cameras {
        option(ui, now, Device::Named(camera.id.clone()), &camera.name);
    }
}

fn microphone_name(device: &Device, sources: &Sources) -> String {
    match device {
        Device::Off => "Off".to_owned(),
        Device::Default => {
            let named = sources.microphones.iter().find(|m| m.default);
            named.map_or_else(|| "Default".to_owned(), |m| format!("Default: {}", m.name))
        }
        Device::Named(id) => {
            let known = sources.microphones.iter().find(|m| m.id == *id);
            known.map_or_else(|| id.clone(), |m| m.name.clone())
        }
    }
}

fn microphone(ui: &mut Ui, now: &mut Device, sources: &Sources) {
    option(ui, now, Device::Off, "Off");
    option(ui, now, Device::Default, "Default");
    // What the computer plays has a switch of its own.
    for microphone in sources.microphones.iter().filter(|m| !m.monitor) {
        option(
            ui,
            now,
            Device::Named(microphone.id.clone()),
            &microphone.name,
        );
    }
}

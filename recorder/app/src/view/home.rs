//! Before a take: what will be recorded, how it looks and sounds, and the button.

use eframe::egui::{
    Align2, Button, Color32, CornerRadius, FontId, Image, Key, Popup, Rect, RichText, ScrollArea,
    Sense, Stroke, Ui, Vec2, pos2, vec2,
};

use super::{Pictures, pickers, widgets};
use crate::model::Model;
use crate::model::act::Intent;
use crate::model::choice::{Choice, Device, Picture};
use crate::model::hotkey::Action;
use crate::model::line::Phase;
use crate::model::words;
use crate::theme;

/// Height of the record button and what stands around it.
const FOOT: f32 = 76.0;

pub(super) fn show(ui: &mut Ui, model: &Model, pictures: &Pictures, wishes: &mut Vec<Intent>) {
    let height = ui.available_height() - FOOT;
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink(false)
        .show(ui, |ui| {
            match model.cannot_open() {
                Some(error) => failed(ui, model, &words::in_window(error), wishes),
                None => preview(ui, model, pictures),
            }
            ui.add_space(4.0);
            pickers::show(ui, model, wishes);
            // Below what is chosen: nothing moves under the pointer when something is said.
            let reopened = model.cannot_open().is_none();
            if let Some(failed) = model.take.choice_failed.as_ref().filter(|_| reopened) {
                widgets::warning(ui, &words::in_window(failed));
            }
            for alarm in widgets::alarms(&model.take) {
                widgets::warning(ui, &alarm);
            }
            last(ui, model, wishes);
            widgets::reveal_focus(ui);
        });
    ui.add_space(8.0);
    record(ui, model, wishes);
    if !model.wayland && !model.sources.screens.is_empty() {
        keys(ui, wishes);
    }
}

/// Letters that open the dimmed desktop. Nothing is typed on this page, and a list that is open has its own keys.
fn keys(ui: &Ui, wishes: &mut Vec<Intent>) {
    let pressed = |key| ui.input(|i| i.modifiers.is_none() && i.key_pressed(key));
    if Popup::is_any_open(ui.ctx()) {
        return;
    }
    if pressed(Key::A) {
        wishes.push(Intent::PickArea);
    } else if pressed(Key::W) {
        wishes.push(Intent::PickWindow);
    }
}

/// In place of the preview: why there is none, and what to do.
pub(super) fn failed(ui: &mut Ui, model: &Model, error: &str, wishes: &mut Vec<Intent>) {
    let width = ui.available_width();
    ui.vertical(|ui| {
        ui.set_min_height(width * 9.0 / 16.0);
        widgets::problem(ui, error);
        ui.horizontal(|ui| {
            if ui.button("Try again").clicked() {
                wishes.push(Intent::TryAgain);
            }
            let choice = &model.settings.choice;
            let silent = error.contains("microphone") && choice.microphone != Device::Off;
            if silent && ui.button("Record without sound").clicked() {
                wishes.push(Intent::Choose(Choice {
                    microphone: Device::Off,
                    ..choice.clone()
                }));
            }
        });
    });
}

/// The screen with the face over it, as it will be watched.
pub(super) fn preview(ui: &mut Ui, model: &Model, pictures: &Pictures) {
    let p = widgets::palette(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, width * 9.0 / 16.0), Sense::hover());
    let choice = &model.settings.choice;
    let alone = choice.picture == Picture::Camera;
    let main = match (alone, &pictures.screen, &pictures.camera) {
        (false, Some(screen), _) => Some(screen),
        (true, screen, camera) => camera.as_ref().or(screen.as_ref()),
        (false, None, _) => None,
    };
    let name = match main {
        Some(picture) => {
            let size = picture.size_vec2();
            let scale = (rect.width() / size.x).min(rect.height() / size.y);
            let at = Rect::from_center_size(rect.center(), size * scale);
            if at.width() + 1.0 < rect.width() || at.height() + 1.0 < rect.height() {
                ui.painter().rect_filled(rect, 8.0, p.stage);
            }
            Image::new(picture)
                .corner_radius(CornerRadius::same(8))
                .paint_at(ui, at);
            "Preview of what is recorded"
        }
        None => {
            ui.painter().rect_filled(rect, 8.0, p.stage);
            let words = empty_preview(model);
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                words,
                FontId::proportional(theme::SMALL),
                Color32::from_gray(0xb4),
            );
            words
        }
    };
    if let (false, Some(face)) = (alone, &pictures.camera) {
        let side = rect.height() * 0.34;
        let corner = rect.right_bottom() - Vec2::splat(side * 0.5 + 10.0);
        let at = Rect::from_center_size(corner, Vec2::splat(side));
        let round = CornerRadius::same(127);
        let size = face.size_vec2();
        // The square in the middle is what is recorded of a wider picture.
        let cut = vec2(size.y.min(size.x) / size.x, size.x.min(size.y) / size.y) * 0.5;
        let uv = Rect::from_min_max(
            pos2(0.5 - cut.x, 0.5 - cut.y),
            pos2(0.5 + cut.x, 0.5 + cut.y),
        );
        Image::new(face)
            .uv(uv)
            .corner_radius(round)
            .paint_at(ui, at);
        ui.painter()
            .circle_stroke(at.center(), side * 0.5, Stroke::new(2.0, Color32::WHITE));
    }
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(eframe::egui::accesskit::Role::Image, true, name)
    });
}

/// The recording before this one, and its link.
fn last(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let Some(last) = &model.last else { return };
    ui.horizontal(|ui| {
        let name = match last.title.as_str() {
            "" => "Last recording".to_owned(),
            title => format!("Last: “{title}”"),
        };
        let short: String = name.chars().take(36).collect();
        widgets::caption(ui, &short);
        if widgets::quiet(ui, "Copy its link").clicked() {
            wishes.push(Intent::Copy(last.url.clone()));
        }
    });
}

fn empty_preview(model: &Model) -> &'static str {
    if model.trial.as_ref().is_some_and(|t| t.player.is_some()) {
        return "Getting it ready…";
    }
    match (&model.engine, &model.settings.choice.picture) {
        (None, _) if model.desktop_asks() => "Record: the desktop then asks for a screen",
        (None, _) => "No preview",
        (Some(_), _) if model.desktop_asks() => "The desktop asks what to record",
        (Some(engine), _) if !engine.commands.is_empty() && !engine.knows("preview") => {
            "This recorder shows no preview"
        }
        (Some(_), _) => "Opening…",
    }
}

fn record(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    let keys = model.settings.keys(Action::StartStop);
    let width = ui.available_width();
    let button = Button::new("")
        .fill(p.now)
        .stroke(Stroke::NONE)
        .corner_radius(24)
        .min_size(vec2(width, 48.0));
    let able = model.cannot_open().is_none();
    let response = ui.add_enabled(able, button);
    let rect = response.rect;
    if comes_into_view(ui) && ui.memory(|m| m.focused().is_none()) {
        // Who opens the app wants to record: one key does it.
        response.request_focus();
    }
    let focused = response.has_focus();
    if focused {
        // The ring lies outside of the red, where it can be seen.
        let ring = Stroke::new(2.0, p.accent);
        ui.painter().rect_stroke(
            rect.expand(3.0),
            27.0,
            ring,
            eframe::egui::StrokeKind::Outside,
        );
    }
    let colour = if able { p.on_now } else { p.muted };
    let painter = ui.painter();
    let words = painter.layout_no_wrap(
        "Record".to_owned(),
        FontId::proportional(theme::LARGE),
        colour,
    );
    let wide = words.size().x + 22.0;
    let left = rect.center().x - wide * 0.5;
    painter.circle_filled(pos2(left + 6.0, rect.center().y), 6.0, colour);
    let at = pos2(left + 22.0, rect.center().y - words.size().y * 0.5);
    painter.galley(at, words, colour);
    if response.accessible_name("Record").clicked() {
        wishes.push(Intent::Record);
    }
    let hint = match (keys, model.hotkeys_bound) {
        ("", _) | (_, false) => recording_to(model),
        (keys, true) => format!("{keys} starts and stops, from any window"),
    };
    ui.vertical_centered(|ui| ui.label(RichText::new(hint).color(p.muted).size(theme::SMALL)));
}

/// The page was not shown in the pass before.
fn comes_into_view(ui: &Ui) -> bool {
    let (id, now) = (
        ui.scope_id().with("shown in"),
        ui.ctx().cumulative_pass_nr(),
    );
    let before = ui.data_mut(|data| data.get_temp::<u64>(id));
    ui.data_mut(|data| data.insert_temp(id, now));
    before.is_none_or(|before| before + 1 < now)
}

fn recording_to(model: &Model) -> String {
    match &model.account {
        crate::model::account::Account::SignedIn { server } => {
            let host = server.split("://").last().unwrap_or(server);
            format!("Goes to {host}")
        }
        _ => "Stays on this computer".to_owned(),
    }
}

/// 3, 2, 1.
pub(super) fn countdown(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.2);
        let words = match model.take.phase {
            Phase::Countdown => model
                .take
                .countdown
                .map_or("…".to_owned(), |n| n.to_string()),
            _ => "…".to_owned(),
        };
        let number = ui.label(RichText::new(words).size(96.0).color(p.now).strong());
        widgets::announce(ui, number.id);
        let link = match (model.take.copied, &model.take.url) {
            (true, _) => "The link is on your clipboard.",
            (false, Some(_)) => "The link is ready.",
            (false, None) => "This recording stays on this computer.",
        };
        ui.label(RichText::new(link).color(p.muted));
        if let (Some(audience), true) = (&model.take.audience, model.take.url.is_some()) {
            ui.add_space(8.0);
            if model.take.audience_confirmed {
                widgets::caption(ui, "Who can watch");
                widgets::audience(ui, audience, wishes);
            } else {
                let words = format!("Who can watch: {}", words::audience(audience));
                widgets::caption(ui, &words);
            }
        }
        if model.settings.choice.microphone != Device::Off {
            ui.add_space(12.0);
            let levels = &model.take.levels;
            widgets::meter(
                ui,
                "Level of the microphone",
                levels.mic_level_db,
                model.take.is_silent(),
                vec2(160.0, 6.0),
            );
        }
        ui.add_space(24.0);
        let skip = widgets::primary(ui, "Start now", 200.0);
        // Enter or Space starts at once.
        skip.request_focus();
        if skip.clicked() {
            wishes.push(Intent::Skip);
        }
        let escape = ui.input(|i| i.key_pressed(Key::Escape));
        if widgets::quiet(ui, "Cancel").clicked() || escape {
            wishes.push(Intent::CancelSurely);
        }
    });
}

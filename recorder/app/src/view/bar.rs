//! While recording: the truth about the take, and everything that can be done with it.

use eframe::egui::{
    Align, CentralPanel, Frame, Layout, Margin, RichText, ScrollArea, Sense, Ui, ViewportCommand,
    style::ScrollAnimation, vec2,
};

use super::face::place;
use super::widgets::{self, Icon};
use crate::model::Model;
use crate::model::act::Intent;
use crate::model::drawing::{Draw, Tool};
use crate::model::line::{Face, Phase, Upload};
use crate::model::words;
use crate::theme;

const ROW: f32 = 56.0;
const NOTE: f32 = 42.0;
const SMALL_LINE: f32 = 18.0;
const NOTES: f32 = 132.0;
/// What one press of a key scrolls: lines, and the height of one in points.
const NOTE_LINES: i16 = 3;
const NOTE_LINE: f32 = theme::LARGE * 1.25;

/// Height with what is shown now, in points.
pub(super) fn height(model: &Model) -> f32 {
    let rows = widgets::alarms(&model.take).count()
        + usize::from(model.confirm_cancel)
        + usize::from(model.take.drawing.on)
        + usize::from(model.places_face());
    let rows = u8::try_from(rows.min(4)).unwrap_or(4);
    let notes = if model.settings.notes.trim().is_empty() {
        0.0
    } else {
        NOTES
    };
    ROW + NOTE * f32::from(rows) + notes
}

pub(super) fn show(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let frame = Frame::new().inner_margin(Margin::symmetric(12, 8));
    CentralPanel::no_frame().frame(frame).show(ui, |ui| {
        // The bar has no frame of the desktop's: it is moved by what is not a button.
        let handle = ui.interact(ui.max_rect(), ui.scope_id().with("move"), Sense::drag());
        if handle.drag_started() {
            ui.ctx().send_viewport_cmd(ViewportCommand::StartDrag);
        }
        ui.horizontal(|ui| controls(ui, model, wishes));
        if model.take.drawing.on {
            drawing(ui, model, wishes);
        }
        if model.places_face() {
            place(ui, &model.take, wishes);
        }
        if model.confirm_cancel {
            confirm(ui, wishes);
        }
        for alarm in widgets::alarms(&model.take).take(3) {
            widgets::warning(ui, &alarm);
        }
        if !model.settings.notes.trim().is_empty() {
            notes(ui, model);
        }
    });
}

fn controls(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    let take = &model.take;
    let paused = take.phase == Phase::Paused;
    ui.spacing_mut().item_spacing.x = 6.0;
    widgets::dot(ui, p.now, paused);
    let time = words::clock(take.media_ms);
    let time = ui.add_sized(
        [64.0, 36.0],
        eframe::egui::Label::new(RichText::new(time).size(theme::LARGE).monospace()),
    );
    let state = match take.phase {
        Phase::Paused => "Paused",
        Phase::Recording => "Recording",
        Phase::Countdown => "Starting",
        _ => "Finishing",
    };
    time.on_hover_text(state);

    let able = matches!(take.phase, Phase::Recording | Phase::Paused);
    ui.add_enabled_ui(able, |ui| {
        let (icon, name) = if paused {
            (Icon::Go, "Go on")
        } else {
            (Icon::Pause, "Pause")
        };
        if widgets::icon_button(ui, icon, name).clicked() {
            wishes.push(Intent::TogglePause);
        }
        if widgets::icon_button(ui, Icon::Stop, "Stop").clicked() {
            wishes.push(Intent::Stop);
        }
        if widgets::icon_button(ui, Icon::Mark, "Set a mark").clicked() {
            wishes.push(Intent::Mark);
        }
        if !model.wayland {
            let draw = widgets::icon_button(ui, Icon::Pen, "Draw on the screen");
            if draw.clicked() {
                wishes.push(Intent::Draw(Draw::On(!take.drawing.on)));
            }
        }
        if widgets::icon_button(ui, Icon::Again, "Start over").clicked() {
            wishes.push(Intent::Restart);
        }
        if widgets::icon_button(ui, Icon::Cross, "Cancel the recording").clicked() {
            wishes.push(Intent::Cancel);
        }
        if take.has_microphone {
            let mute = if take.muted { "Unmute" } else { "Mute" };
            let button = eframe::egui::Button::new(mute).selected(take.muted);
            if ui.add(button).clicked() {
                wishes.push(Intent::ToggleMute);
            }
        }
        if take.has_camera {
            face(ui, take.face, wishes);
            let placing = model.places_face();
            if widgets::icon_toggle(ui, Icon::Face, "Place the face", placing).clicked() {
                wishes.push(Intent::PlaceFace(!placing));
            }
        }
    });
    if take.has_microphone {
        let size = vec2(48.0, 8.0);
        widgets::meter(
            ui,
            "Level of the microphone",
            take.levels.mic_level_db,
            take.is_silent(),
            size,
        );
    }
    let colour = match take.upload {
        Upload::Behind | Upload::Offline => p.warn,
        Upload::InStep => p.good,
        Upload::Off => p.muted,
    };
    let dropped = take.frames_dropped;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.with_layout(Layout::top_down(Align::Max), |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let lines = if dropped > 0 { 2.0 } else { 1.0 };
            ui.add_space((36.0 - lines * SMALL_LINE) * 0.5);
            let words = RichText::new(words::upload(take))
                .color(colour)
                .size(theme::SMALL);
            let said = ui
                .label(words)
                .on_hover_text("How far the server has this recording");
            widgets::announce(ui, said.id);
            if dropped > 0 {
                let words = format!("{dropped} dropped");
                ui.label(RichText::new(words).color(p.warn).size(theme::SMALL))
                    .on_hover_text("Pictures that are missing in the recording");
            }
        });
    });
}

/// What the speaker wants to say. Keys scroll it while another window has the focus.
fn notes(ui: &mut Ui, model: &Model) {
    let id = ui.scope_id().with("notes scrolled");
    let before: i64 = ui.data(|data| data.get_temp(id)).unwrap_or(0);
    let by = model.notes.presses - before;
    ui.data_mut(|data| data.insert_temp(id, model.notes.presses));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if by != 0 {
            let lines = i16::try_from(by).unwrap_or(0) * NOTE_LINES;
            let down = vec2(0.0, -f32::from(lines) * NOTE_LINE);
            ui.scroll_with_delta_animation(down, ScrollAnimation::none());
        }
        ui.label(RichText::new(&model.settings.notes).size(theme::LARGE));
    });
}

fn face(ui: &mut Ui, now: Face, wishes: &mut Vec<Intent>) {
    let name = match now {
        Face::Corner => "Face: corner",
        Face::Full => "Face: full",
        Face::Hidden => "Face: hidden",
    };
    if ui
        .button(name)
        .on_hover_text("Corner, full, hidden")
        .clicked()
    {
        wishes.push(Intent::Face(now.next()));
    }
}

/// The tools, while the pointer draws.
fn drawing(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for tool in Tool::ALL {
            let selected = model.take.drawing.tool == tool;
            if ui.selectable_label(selected, tool.name()).clicked() && !selected {
                wishes.push(Intent::Draw(Draw::Tool(tool)));
            }
        }
        let mut kept = model.take.drawing.keep;
        let keep = ui
            .checkbox(&mut kept, "Keep")
            .on_hover_text("Otherwise what is drawn is gone after five seconds");
        if keep.changed() {
            wishes.push(Intent::Draw(Draw::Keep(kept)));
        }
        if ui.button("Undo").clicked() {
            wishes.push(Intent::Draw(Draw::Undo));
        }
        if ui.button("Clear").clicked() {
            wishes.push(Intent::Draw(Draw::Clear));
        }
        if ui
            .button("Done")
            .on_hover_text("Or click with the right button")
            .clicked()
        {
            wishes.push(Intent::Draw(Draw::On(false)));
        }
    });
}

fn confirm(ui: &mut Ui, wishes: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        ui.label("Cancel this recording? Nothing is left of it.");
        if widgets::danger(ui, "Cancel the recording").clicked() {
            wishes.push(Intent::CancelSurely);
        }
        let keep = ui.button("Go on recording");
        if keep.clicked() {
            wishes.push(Intent::KeepRecording);
        }
    });
}

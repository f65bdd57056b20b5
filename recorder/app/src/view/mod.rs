//! What is seen. Views read the model and write down what a person wants; they change nothing themselves.

mod area;
mod bar;
mod card;
mod dimmed;
mod face;
mod home;
mod pickers;
mod settings;
mod setup;
mod takes;
mod trial;
mod widgets;

use eframe::egui::{
    Align2, Area, Color32, Context, Frame, Id, Margin, RichText, TextureHandle, Ui, Visuals, vec2,
};

use crate::model::account::Account;
use crate::model::act::Intent;
use crate::model::trial::Step;
use crate::model::{Model, Page};
use crate::theme;

/// The latest preview.
#[derive(Default)]
pub struct Pictures {
    pub screen: Option<TextureHandle>,
    pub camera: Option<TextureHandle>,
    /// Of the take that runs, then of its card.
    pub poster: Option<TextureHandle>,
}

/// Size of the window, in points.
pub const WINDOW: [f32; 2] = [400.0, 680.0];
/// Narrowest bar.
pub const BAR_WIDTH: f32 = 784.0;

/// Draws everything; returns what a person wants.
pub fn show(ui: &mut Ui, model: &Model, pictures: &Pictures) -> Vec<Intent> {
    let mut wishes = Vec::new();
    if model.shows_bar() {
        bar::show(ui, model, &mut wishes);
    } else {
        window(ui, model, pictures, &mut wishes);
    }
    toast(ui.ctx(), model);
    wishes
}

/// Draws the dimmed desktop on which something is chosen; returns what a person wants.
pub fn dimmed(ui: &mut Ui, model: &Model, picture: &TextureHandle) -> Vec<Intent> {
    dimmed::show(ui, model, picture)
}

/// What the window is cleared with before anything is drawn: a software renderer does that much faster than it fills an area.
pub fn background(visuals: &Visuals, model: &Model) -> Color32 {
    let p = theme::palette(visuals);
    match model.shows_bar() && model.take.is_silent() {
        true => p.warn_soft,
        false => p.bg,
    }
}

/// Height of the bar with what it shows now, in points.
pub fn bar_height(model: &Model) -> f32 {
    bar::height(model)
}

fn window(ui: &mut Ui, model: &Model, pictures: &Pictures, wishes: &mut Vec<Intent>) {
    let frame = Frame::new().inner_margin(Margin::same(16));
    eframe::egui::CentralPanel::no_frame()
        .frame(frame)
        .show(ui, |ui| {
            let test = model.trial.as_ref().filter(|t| t.step == Step::Recording);
            match test {
                Some(test) if model.is_live() => {
                    return trial::show(ui, model, test, pictures, wishes);
                }
                _ if model.is_live() => return home::countdown(ui, model, wishes),
                _ => {}
            }
            match (&model.account, model.is_set_up()) {
                (Account::Unknown, false) => {}
                (_, false) => setup::show(ui, model, wishes),
                (_, true) => {
                    widgets::page_keys(ui, model, wishes);
                    widgets::header(ui, model, wishes);
                    ui.add_space(8.0);
                    match (model.page, &model.card) {
                        (Page::Record, Some(card)) => card::show(ui, card, pictures, wishes),
                        (Page::Record, None) if model.trial.is_some() => {
                            if let Some(test) = &model.trial {
                                trial::show(ui, model, test, pictures, wishes);
                            }
                        }
                        (Page::Record, None) if model.area.is_some() => {
                            if let Some(area) = model.area {
                                area::show(ui, area, pictures, wishes);
                            }
                        }
                        (Page::Record, None) => home::show(ui, model, pictures, wishes),
                        (Page::Takes, _) => takes::show(ui, model, wishes),
                        (Page::Settings, _) => settings::show(ui, model, wishes),
                    }
                }
            }
        });
}

/// Says it once, and is read out by screen readers.
fn toast(ctx: &Context, model: &Model) {
    let Some(toast) = &model.toast else { return };
    Area::new(Id::unique("toast"))
        .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -12.0))
        .interactable(false)
        .show(ctx, |ui| {
            let p = theme::palette(ui.visuals());
            Frame::new()
                .fill(p.inverse)
                .corner_radius(8)
                .inner_margin(Margin::symmetric(14, 10))
                .show(ui, |ui| {
                    ui.set_max_width(WINDOW[0] - 64.0);
                    let text = RichText::new(&toast.text)
                        .color(p.on_inverse)
                        .size(theme::SMALL);
                    let said = ui.label(text);
                    widgets::announce(ui, said.id);
                });
        });
}

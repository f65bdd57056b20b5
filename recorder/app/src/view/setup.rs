//! The first thing a person sees: where recordings go.

use eframe::egui::{Key, RichText, Ui};

use super::widgets;
use crate::model::Model;
use crate::model::account::Step;
use crate::model::act::Intent;
use crate::theme;

pub(super) fn show(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    ui.add_space(ui.available_height() * 0.16);
    ui.label(RichText::new("Aside").size(theme::HUGE).strong());
    ui.label(
        RichText::new(
            "Record your screen and your voice. The link works while you are still talking.",
        )
        .color(p.muted),
    );
    ui.add_space(20.0);
    match &model.sign_in.step {
        Step::Code {
            code,
            page,
            page_with_code,
        } => confirm(ui, code, page, page_with_code, wishes),
        step => server(ui, model, step, wishes),
    }
}

fn server(ui: &mut Ui, model: &Model, step: &Step, wishes: &mut Vec<Intent>) {
    let asking = *step == Step::Asking;
    let label = widgets::caption(ui, "Address of your server");
    let mut text = model.sign_in.server.clone();
    let field = widgets::field(&mut text, "https://aside.example");
    let field = ui.add_enabled(!asking, field).labelled_by(label.id);
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if ui.memory(|m| m.focused().is_none()) && !asking {
        // There is nothing else to do here first.
        field.request_focus();
    }
    if field.changed() {
        wishes.push(Intent::Server(text));
    }
    if let Step::Failed(why) = step {
        widgets::problem(ui, why);
    }
    ui.add_space(4.0);
    let width = ui.available_width();
    if asking {
        ui.horizontal(|ui| {
            ui.add_enabled_ui(false, |ui| {
                widgets::primary(ui, "Asking the server…", width - 96.0)
            });
            if ui.button("Cancel").clicked() {
                wishes.push(Intent::CancelSignIn);
            }
        });
    } else if widgets::primary(ui, "Sign in", width).clicked() || entered {
        wishes.push(Intent::SignIn);
    }
    ui.add_space(12.0);
    ui.vertical_centered(|ui| {
        if widgets::quiet(ui, "Record without a server for now").clicked() {
            wishes.push(Intent::SkipSignIn);
        }
        widgets::caption(ui, "Recordings then stay on this computer.");
    });
}

fn confirm(ui: &mut Ui, code: &str, page: &str, with_code: &str, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    ui.label("Your browser asks whether this computer may sign in. Compare the code there with this one:");
    ui.add_space(4.0);
    ui.vertical_centered(|ui| {
        let said = ui.label(RichText::new(code).size(32.0).monospace().strong());
        widgets::announce(ui, said.id);
    });
    ui.add_space(4.0);
    let width = ui.available_width();
    if widgets::primary(ui, "Open the browser again", width).clicked() {
        wishes.push(Intent::Open(with_code.to_owned()));
    }
    ui.horizontal(|ui| {
        if ui.button("Copy the address").clicked() {
            wishes.push(Intent::Copy(with_code.to_owned()));
        }
        if ui.button("Cancel").clicked() {
            wishes.push(Intent::CancelSignIn);
        }
    });
    ui.add_space(8.0);
    let elsewhere = format!("On another device, open {page} and enter the code.");
    ui.label(RichText::new(elsewhere).color(p.muted).size(theme::SMALL));
}

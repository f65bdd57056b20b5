//! What is set once.

use eframe::egui::{RichText, ScrollArea, Slider, TextEdit, Ui};

use super::widgets;
use crate::model::Model;
use crate::model::account::Account;
use crate::model::act::Intent;
use crate::model::hotkey::{self, Action};
use crate::model::settings::{Bar, Theme};
use crate::theme;

pub(super) fn show(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        account(ui, model, wishes);
        section(ui, "Before recording");
        countdown(ui, model, wishes);
        section(ui, "While recording the whole screen");
        bar(ui, model, wishes);
        section(ui, "Test");
        test(ui, model, wishes);
        section(ui, "Speaker notes");
        notes(ui, model, wishes);
        section(ui, "Hotkeys");
        hotkeys(ui, model, wishes);
        section(ui, "Look");
        look(ui, model, wishes);
        widgets::reveal_focus(ui);
    });
}

fn section(ui: &mut Ui, name: &str) {
    ui.add_space(12.0);
    ui.label(RichText::new(name).strong());
}

fn account(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    ui.label(RichText::new("Server").strong());
    match &model.account {
        Account::SignedIn { server } => {
            ui.label(RichText::new(format!("Signed in to {server}")).color(p.muted));
            if ui.button("Use another server").clicked() {
                wishes.push(Intent::SignOutHere);
            }
        }
        _ => {
            ui.label(
                RichText::new("Not signed in: recordings stay on this computer.").color(p.muted),
            );
            if ui.button("Sign in").clicked() {
                wishes.push(Intent::SignOutHere);
            }
        }
    }
}

fn countdown(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let mut choice = model.settings.choice.clone();
    ui.horizontal(|ui| {
        let label = ui.label("Countdown");
        let slider = Slider::new(&mut choice.countdown, 0..=10).suffix(" s");
        ui.add(slider).labelled_by(label.id);
    });
    if !model.wayland {
        ui.checkbox(&mut choice.show_clicks, "Show clicks in the picture");
        ui.checkbox(&mut choice.show_keys, "Show pressed keys in the picture");
    }
    if choice != model.settings.choice {
        wishes.push(Intent::Choose(choice));
    }
}

fn bar(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    for (value, name) in [
        (Bar::Unrecorded, "Keep this window out of the picture"),
        (Bar::Shown, "Show the bar, also in the recording"),
    ] {
        if ui.radio(model.settings.bar == value, name).clicked() {
            wishes.push(Intent::Bar(value));
        }
    }
}

fn test(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    let words = "Five seconds that are played back and judged: picture, voice, both in step. Nothing of it is kept.";
    ui.label(RichText::new(words).color(p.muted).size(theme::SMALL));
    let able = !model.is_live();
    ui.add_enabled_ui(able, |ui| {
        if ui.button("Make a test recording").clicked() {
            wishes.push(Intent::Try);
        }
    });
}

fn notes(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let mut text = model.settings.notes.clone();
    let field = TextEdit::multiline(&mut text)
        .hint_text("Shown in the bar while you speak")
        .desired_rows(3)
        .desired_width(f32::INFINITY);
    let keys = [Action::NotesDown, Action::NotesUp].map(|action| model.settings.keys(action));
    if model.hotkeys_bound && keys.iter().all(|keys| !keys.is_empty()) {
        let p = widgets::palette(ui);
        let words = format!("{} and {} scroll them while you record.", keys[0], keys[1]);
        ui.label(RichText::new(words).color(p.muted).size(theme::SMALL));
    }
    if ui.add(field).accessible_name("Speaker notes").changed() {
        wishes.push(Intent::Notes(text));
    }
}

fn hotkeys(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    if !model.hotkeys_bound {
        let words = "This desktop gives programs no hotkeys. Bind these commands in its settings:";
        ui.label(RichText::new(words).color(p.muted).size(theme::SMALL));
        let commands = Action::ALL.map(|action| Some((action, action.command()?)));
        for (action, command) in commands.into_iter().flatten() {
            ui.horizontal(|ui| {
                ui.monospace(command);
                ui.label(
                    RichText::new(action.name())
                        .color(p.muted)
                        .size(theme::SMALL),
                );
            });
        }
        return;
    }
    if !model.hotkey_problems.is_empty() {
        let taken = model.hotkey_problems.join(", ");
        widgets::warning(
            ui,
            &format!("Another program has {taken}. Choose other keys."),
        );
    }
    for action in Action::ALL {
        ui.horizontal(|ui| {
            let mut keys = model.settings.keys(action).to_owned();
            let known = keys.is_empty() || hotkey::parse(&keys).is_some();
            let colour = if known { p.text } else { p.danger };
            let label = widgets::beside(ui, action.name(), 190.0);
            let field = widgets::field(&mut keys, "none").text_color(colour);
            if ui.add(field).labelled_by(label.id).changed() {
                wishes.push(Intent::Keys(action, keys));
            }
        });
    }
}

fn look(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    ui.horizontal(|ui| {
        for (value, name) in [
            (Theme::System, "As the desktop"),
            (Theme::Light, "Light"),
            (Theme::Dark, "Dark"),
        ] {
            if ui.radio(model.settings.theme == value, name).clicked() {
                wishes.push(Intent::Theme(value));
            }
        }
    });
}

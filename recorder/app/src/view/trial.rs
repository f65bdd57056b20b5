//! The test recording of the first run: made, seen and heard again, judged.

use eframe::egui::{Color32, Frame, Margin, RichText, ScrollArea, Ui, vec2};

use super::{Pictures, home, pickers, widgets};
use crate::model::Model;
use crate::model::act::Intent;
use crate::model::choice::Device;
use crate::model::trial::{Finding, SECONDS, Step, Trial, Verdict};
use crate::model::words;
use crate::theme;

/// Height of what stands below the rest.
const FOOT: f32 = 92.0;

pub(super) fn show(
    ui: &mut Ui,
    model: &Model,
    trial: &Trial,
    pictures: &Pictures,
    wishes: &mut Vec<Intent>,
) {
    let height = ui.available_height() - FOOT;
    ScrollArea::vertical()
        .max_height(height)
        .auto_shrink(false)
        .show(ui, |ui| {
            heading(ui, model, trial);
            match model.cannot_open() {
                Some(error) => home::failed(ui, model, &words::in_window(error), wishes),
                None => home::preview(ui, model, pictures),
            }
            match trial.step {
                Step::Offered => pickers::show(ui, model, wishes),
                Step::Recording => level(ui, model),
                Step::Playing | Step::Judged => findings(ui, model, trial, wishes),
            }
            widgets::reveal_focus(ui);
        });
    ui.add_space(8.0);
    foot(ui, model, trial, wishes);
}

fn heading(ui: &mut Ui, model: &Model, trial: &Trial) {
    let p = widgets::palette(ui);
    let (title, text) = match trial.step {
        Step::Offered => (
            "A test of five seconds".to_owned(),
            "Choose what is recorded, press the button and say a sentence. It stays on this computer and is deleted when you \
             have seen it."
                .to_owned(),
        ),
        Step::Recording => {
            let left = u64::from(SECONDS).saturating_sub(model.take.media_ms / 1000);
            (
                "Say something".to_owned(),
                format!("Recording, {left} s left"),
            )
        }
        Step::Playing => {
            let text = match trial.audible {
                Some(false) => "This is what was recorded. No output for sound was found, so it is played without.",
                _ => "This is what was recorded.",
            };
            ("Look and listen".to_owned(), text.to_owned())
        }
        Step::Judged => {
            let title = match trial.is_good(&model.settings.choice, model.wayland) {
                true => "Ready to record",
                false => "Almost ready",
            };
            let text = "Nothing of the test is kept.";
            (title.to_owned(), text.to_owned())
        }
    };
    ui.label(RichText::new(title).size(theme::LARGE).strong());
    let said = ui.label(RichText::new(text).color(p.muted).size(theme::SMALL));
    widgets::announce(ui, said.id);
    ui.add_space(4.0);
}

fn level(ui: &mut Ui, model: &Model) {
    if model.settings.choice.microphone != Device::Off {
        let levels = &model.take.levels;
        let size = vec2(ui.available_width(), 8.0);
        ui.add_space(8.0);
        widgets::meter(
            ui,
            "Level of the microphone",
            levels.mic_level_db,
            model.take.is_silent(),
            size,
        );
    }
}

fn findings(ui: &mut Ui, model: &Model, trial: &Trial, wishes: &mut Vec<Intent>) {
    if let Some(problem) = &trial.problem {
        widgets::problem(ui, problem);
    }
    ui.add_space(4.0);
    for finding in trial.findings(&model.settings.choice, model.wayland) {
        one(ui, &finding, wishes);
    }
}

fn one(ui: &mut Ui, finding: &Finding, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    let (sign, colour) = match finding.verdict {
        Verdict::Good => (widgets::Sign::Good, p.good),
        Verdict::Missing => (widgets::Sign::Look, p.warn),
        Verdict::Needed => (widgets::Sign::Bad, p.danger),
    };
    ui.horizontal_top(|ui| {
        widgets::sign(ui, sign, colour);
        ui.vertical(|ui| {
            let words = RichText::new(&finding.text).color(match finding.verdict {
                Verdict::Good => p.text,
                _ => colour,
            });
            ui.label(words);
            for fix in finding.fix.iter().flat_map(|fix| fix.lines()) {
                command(ui, fix, p.surface, wishes);
            }
        });
    });
}

/// A command to type, which can be copied.
fn command(ui: &mut Ui, text: &str, fill: Color32, wishes: &mut Vec<Intent>) {
    Frame::new()
        .fill(fill)
        .corner_radius(6)
        .inner_margin(Margin::symmetric(8, 4))
        .show(ui, |ui| {
            ui.label(RichText::new(text).monospace().size(theme::SMALL));
            let copy = widgets::quiet(ui, "Copy this command");
            if copy
                .accessible_name(format!("Copy the command {text}"))
                .clicked()
            {
                wishes.push(Intent::CopyCommand(text.to_owned()));
            }
        });
}

fn foot(ui: &mut Ui, model: &Model, trial: &Trial, wishes: &mut Vec<Intent>) {
    let width = ui.available_width();
    match trial.step {
        Step::Offered => {
            let able = model.cannot_open().is_none();
            let button = ui.add_enabled_ui(able, |ui| {
                widgets::primary(ui, "Record five seconds", width)
            });
            let button = button.inner;
            if ui.memory(|m| m.focused().is_none()) {
                button.request_focus();
            }
            if button.clicked() {
                wishes.push(Intent::TryNow);
            }
            ui.vertical_centered(|ui| {
                if widgets::quiet(ui, "Skip the test").clicked() {
                    wishes.push(Intent::TryOver);
                }
            });
        }
        Step::Recording => {
            if widgets::primary(ui, "Stop", width).clicked() {
                wishes.push(Intent::Stop);
            }
        }
        Step::Playing | Step::Judged => {
            let name = match trial.is_good(&model.settings.choice, model.wayland) {
                true => "Start using Aside",
                false => "Go on all the same",
            };
            let button = widgets::primary(ui, name, width);
            // While it is played too: what is pressed the moment it is over is not lost.
            if ui.memory(|m| m.focused().is_none()) {
                button.request_focus();
            }
            if button.clicked() {
                wishes.push(Intent::TryOver);
            }
            ui.horizontal(|ui| {
                let can = trial.take.is_some() && trial.step == Step::Judged;
                ui.add_enabled_ui(can, |ui| {
                    if ui.button("Play it again").clicked() {
                        wishes.push(Intent::TryPlay);
                    }
                });
                if ui.button("Make another").clicked() {
                    wishes.push(Intent::TryAnother);
                }
            });
        }
    }
}

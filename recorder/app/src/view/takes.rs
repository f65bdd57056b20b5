//! The takes on this computer.

use eframe::egui::{Frame, Margin, RichText, ScrollArea, Stroke, Ui};

use super::widgets;
use crate::model::Model;
use crate::model::act::Intent;
use crate::model::takes::{Row, State};
use crate::model::words;
use crate::theme;

pub(super) fn show(ui: &mut Ui, model: &Model, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    let takes = &model.takes;
    if let Some(problem) = &takes.problem {
        widgets::problem(ui, problem);
    }
    if let Some(file) = &takes.saved {
        ui.label(
            RichText::new(format!("Saved as {file}"))
                .color(p.good)
                .size(theme::SMALL),
        );
        if let Some((folder, _)) = file.rsplit_once('/')
            && widgets::quiet(ui, "Open the folder").clicked()
        {
            wishes.push(Intent::Open(folder.to_owned()));
        }
    }
    let Some(rows) = &takes.rows else {
        ui.label(RichText::new("Looking…").color(p.muted));
        return;
    };
    if rows.is_empty() {
        ui.add_space(ui.available_height() * 0.3);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Nothing here").size(theme::LARGE));
            ui.label(RichText::new("Every recording is wholly on the server.").color(p.muted));
        });
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for row in rows {
            ui.push_id(&row.id, |ui| show_row(ui, model, row, wishes));
        }
        widgets::reveal_focus(ui);
    });
}

fn show_row(ui: &mut Ui, model: &Model, row: &Row, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    Frame::new()
        .fill(p.surface)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(8)
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(eframe::egui::Label::new(RichText::new(row.name()).strong()).truncate());
            let length = words::clock(u64::try_from(row.duration_ms).unwrap_or(0));
            let facts = format!(
                "{length} · {} · {}",
                words::megabytes(row.size),
                row.standing()
            );
            let colour = match row.state {
                State::Damaged | State::Interrupted => p.danger,
                _ => p.muted,
            };
            ui.label(RichText::new(facts).color(colour).size(theme::SMALL));
            let busy = model.takes.busy.contains(&row.id);
            if model.takes.confirm.as_ref() == Some(&row.id) {
                confirm(ui, row, wishes);
            } else {
                ui.add_enabled_ui(!busy, |ui| ui.horizontal(|ui| verbs(ui, row, wishes)));
            }
            if busy {
                widgets::caption(ui, "Working on it…");
            }
        });
}

fn verbs(ui: &mut Ui, row: &Row, wishes: &mut Vec<Intent>) {
    let id = || row.id.clone();
    let name = row.name();
    if row.can_resume()
        && ui
            .button("Upload now")
            .accessible_name(format!("Upload {name} now"))
            .clicked()
    {
        wishes.push(Intent::Resume(id()));
    }
    if row.can_export()
        && ui
            .button("Save as MP4")
            .accessible_name(format!("Save {name} as MP4"))
            .clicked()
    {
        wishes.push(Intent::Export(id(), row.file_name()));
    }
    if row.state == State::Trashed
        && ui
            .button("Bring back")
            .accessible_name(format!("Bring {name} back from the trash"))
            .clicked()
    {
        wishes.push(Intent::Restore(id()));
    }
    if row.can_discard()
        && widgets::danger(ui, "Delete")
            .accessible_name(format!("Delete {name}"))
            .clicked()
    {
        wishes.push(Intent::Discard(id()));
    }
}

fn confirm(ui: &mut Ui, row: &Row, wishes: &mut Vec<Intent>) {
    ui.label(
        RichText::new("Delete it from this computer? What is on the server stays there.")
            .size(theme::SMALL),
    );
    ui.horizontal(|ui| {
        if widgets::danger(ui, "Delete for good").clicked() {
            wishes.push(Intent::DiscardSurely(row.id.clone()));
        }
        if ui.button("Keep").clicked() {
            wishes.push(Intent::KeepTake);
        }
    });
}

//! After stop: the name of the recording, its link, who can see it.

use eframe::egui::{CornerRadius, Frame, Image, Key, Margin, RichText, Sense, Stroke, Ui};

use super::{Pictures, widgets};
use crate::model::Page;
use crate::model::act::Intent;
use crate::model::card::Card;
use crate::model::take::End;
use crate::model::words;
use crate::theme;

/// Height of the picture, in points.
const POSTER: f32 = 104.0;

pub(super) fn show(ui: &mut Ui, card: &Card, pictures: &Pictures, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    ui.add_space(8.0);
    Frame::new()
        .fill(p.surface)
        .stroke(Stroke::new(1.0, p.line))
        .corner_radius(8)
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            if card.take.poster {
                poster(ui, pictures);
            }
            ui.horizontal(|ui| {
                ui.label(RichText::new(heading(card)).size(theme::LARGE).strong());
                ui.label(RichText::new(words::clock(card.take.media_ms)).color(p.muted));
            });
            standing(ui, card);
            if card
                .take
                .end
                .as_ref()
                .is_none_or(|end| *end == End::Uploaded)
            {
                ui.add_space(4.0);
                title(ui, card, wishes);
            }
            if matches!(
                card.take.end,
                Some(End::Kept(_) | End::Failed(_) | End::Vanished)
            ) && ui.button("Show it under Takes").clicked()
            {
                wishes.push(Intent::Page(Page::Takes));
            }
            if let Some(url) = &card.take.url {
                link(ui, card, url, wishes);
            }
            if let Some(problem) = &card.problem {
                widgets::problem(ui, problem);
            }
        });
    ui.add_space(12.0);
    let width = ui.available_width();
    let again = widgets::primary(ui, "New recording", width);
    if ui.memory(|m| m.focused().is_none()) {
        again.request_focus();
    }
    if again.clicked() {
        wishes.push(Intent::NewRecording);
    }
}

/// A moment of the recording, as wide as it is.
fn poster(ui: &mut Ui, pictures: &Pictures) {
    let Some(picture) = &pictures.poster else {
        return;
    };
    let size = picture.size_vec2();
    let scale = (POSTER / size.y).min(ui.available_width() / size.x);
    let (rect, response) = ui.allocate_exact_size(size * scale, Sense::hover());
    Image::new(picture)
        .corner_radius(CornerRadius::same(4))
        .paint_at(ui, rect);
    let role = eframe::egui::accesskit::Role::Image;
    let name = "A moment of the recording";
    response.widget_info(|| eframe::egui::WidgetInfo::labeled(role, true, name));
    ui.add_space(4.0);
}

fn heading(card: &Card) -> &'static str {
    match &card.take.end {
        None => "Recorded",
        Some(End::Uploaded) => "Ready to watch",
        Some(End::Kept(_)) => "Kept on this computer",
        Some(End::Nothing | End::Cancelled { .. }) => "Nothing was recorded",
        Some(End::Failed(_) | End::Vanished) => "Interrupted",
    }
}

fn standing(ui: &mut Ui, card: &Card) {
    let p = widgets::palette(ui);
    let text = words::ended(&card.take);
    if let Some(why) = &card.take.stopped_by_itself {
        widgets::warning(ui, &words::sentence(why));
    }
    match &card.take.end {
        Some(End::Failed(_) | End::Vanished) => widgets::problem(ui, &text),
        end => {
            let colour = match end {
                Some(End::Uploaded) => p.good,
                _ => p.muted,
            };
            let said = ui.label(RichText::new(text).color(colour));
            widgets::announce(ui, said.id);
        }
    }
}

fn title(ui: &mut Ui, card: &Card, wishes: &mut Vec<Intent>) {
    let label = widgets::caption(ui, "Title");
    let mut text = card.title.clone();
    let field =
        widgets::field(&mut text, "What is it about?").char_limit(aside_protocol::text::MAX_TITLE);
    let field = ui.add(field).labelled_by(label.id);
    if field.changed() {
        wishes.push(Intent::Title(text));
    }
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if entered || field.lost_focus() && card.new_title().is_some() {
        wishes.push(Intent::SaveTitle);
    }
}

fn link(ui: &mut Ui, card: &Card, url: &str, wishes: &mut Vec<Intent>) {
    let p = widgets::palette(ui);
    ui.add_space(4.0);
    let copied = if card.take.copied {
        "The link is on your clipboard"
    } else {
        "Link"
    };
    widgets::caption(ui, copied);
    ui.add(
        eframe::egui::Label::new(RichText::new(url).color(p.link))
            .truncate()
            .selectable(true),
    );
    ui.horizontal(|ui| {
        if ui.button("Copy link").clicked() {
            wishes.push(Intent::Copy(url.to_owned()));
        }
        if ui.button("Open").clicked() {
            wishes.push(Intent::Open(url.to_owned()));
        }
    });
    if let Some(audience) = &card.audience {
        ui.add_space(4.0);
        widgets::caption(ui, "Who can see it");
        widgets::audience(ui, audience, wishes);
    }
}

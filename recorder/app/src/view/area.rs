//! The part of the desktop that is recorded: drawn on a small picture of all of it.

use eframe::egui::{
    Color32, CornerRadius, EventFilter, Image, Key, Pos2, Rect, RichText, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};

use super::{Pictures, widgets};
use crate::model::act::Intent;
use crate::model::area;
use crate::model::choice::Area;
use crate::theme;

/// Pixels of the desktop that one press of an arrow moves.
const STEP: i32 = 16;

pub(super) fn show(
    ui: &mut Ui,
    (chosen, desktop): (Area, Area),
    pictures: &Pictures,
    wishes: &mut Vec<Intent>,
) {
    let p = widgets::palette(ui);
    ui.label(RichText::new("Area").size(theme::LARGE).strong());
    let help = "Drag on the picture of your desktop; with Shift it becomes 16:9. Arrow keys move the area, with Shift they resize it.";
    ui.label(RichText::new(help).color(p.muted).size(theme::SMALL));
    let map = Map::new(ui, desktop);
    let response = ui.allocate_rect(map.rect, Sense::click_and_drag());
    map.paint(ui, chosen, pictures);
    if response.drag_started() || response.clicked() {
        response.request_focus();
    }
    if ui.memory(|m| m.focused().is_none()) {
        response.request_focus();
    }
    let words = format!(
        "{} × {} at {}, {}",
        chosen.width, chosen.height, chosen.x, chosen.y
    );
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Canvas, true, format!("Area of the desktop: {words}"))
    });
    let shift = ui.input(|i| i.modifiers.shift);
    let dragged = response
        .interact_pointer_pos()
        .zip(ui.input(|i| i.pointer.press_origin()))
        .filter(|_| response.dragged());
    if let Some((to, from)) = dragged {
        let area = area::between(map.pixel(from), map.pixel(to), shift, desktop);
        wishes.push(Intent::Area(area));
    }
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
        if let Some(by) = arrows(ui) {
            let area = if shift {
                area::resized(chosen, by, desktop)
            } else {
                area::moved(chosen, by, desktop)
            };
            wishes.push(Intent::Area(area));
        }
    }
    let said = ui.label(words);
    widgets::announce(ui, said.id);
    let enter = response.has_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    ui.horizontal(|ui| {
        if widgets::primary(ui, "Record this area", 180.0).clicked() || enter {
            wishes.push(Intent::AreaDone);
        }
        if ui.button("Cancel").clicked() || ui.input(|i| i.key_pressed(Key::Escape)) {
            wishes.push(Intent::AreaCancel);
        }
    });
}

fn arrows(ui: &Ui) -> Option<(i32, i32)> {
    let pressed = |key| ui.input(|i| i.key_pressed(key));
    [
        (Key::ArrowLeft, (-STEP, 0)),
        (Key::ArrowRight, (STEP, 0)),
        (Key::ArrowUp, (0, -STEP)),
        (Key::ArrowDown, (0, STEP)),
    ]
    .into_iter()
    .find_map(|(key, by)| pressed(key).then_some(by))
}

/// The desktop as it lies in the window.
struct Map {
    rect: Rect,
    desktop: Area,
    /// Points for a pixel of the desktop.
    scale: f32,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "pixels of a desktop: some thousands"
)]
impl Map {
    fn new(ui: &Ui, desktop: Area) -> Self {
        let size = vec2(desktop.width as f32, desktop.height as f32);
        let scale = (ui.available_width() / size.x).min(300.0 / size.y);
        let corner = ui.cursor().min;
        let left = (ui.available_width() - size.x * scale) * 0.5;
        Self {
            rect: Rect::from_min_size(corner + vec2(left, 0.0), size * scale),
            desktop,
            scale,
        }
    }

    fn pixel(&self, at: Pos2) -> (i32, i32) {
        let from = (at - self.rect.min) / self.scale;
        (
            self.desktop.x + from.x.round() as i32,
            self.desktop.y + from.y.round() as i32,
        )
    }

    fn place(&self, area: Area) -> Rect {
        let from = vec2(
            (area.x - self.desktop.x) as f32,
            (area.y - self.desktop.y) as f32,
        );
        let size = vec2(area.width as f32, area.height as f32);
        Rect::from_min_size(self.rect.min + from * self.scale, size * self.scale)
    }

    fn paint(&self, ui: &Ui, area: Area, pictures: &Pictures) {
        let p = widgets::palette(ui);
        let painter = ui.painter();
        painter.rect_filled(self.rect, 4.0, p.stage);
        if let Some(screen) = &pictures.screen {
            Image::new(screen).paint_at(ui, self.rect);
        }
        let chosen = self.place(area).intersect(self.rect);
        let dim = Color32::from_black_alpha(150);
        let all = self.rect;
        for part in [
            Rect::from_min_max(all.min, pos2(all.max.x, chosen.min.y)),
            Rect::from_min_max(pos2(all.min.x, chosen.max.y), all.max),
            Rect::from_min_max(
                pos2(all.min.x, chosen.min.y),
                pos2(chosen.min.x, chosen.max.y),
            ),
            Rect::from_min_max(
                pos2(chosen.max.x, chosen.min.y),
                pos2(all.max.x, chosen.max.y),
            ),
        ] {
            painter.rect_filled(part, CornerRadius::ZERO, dim);
        }
        let line = Stroke::new(2.0, p.accent);
        painter.rect_stroke(chosen, 0.0, line, StrokeKind::Inside);
        let corner = Rect::from_center_size(chosen.max - Vec2::splat(4.0), Vec2::splat(8.0));
        painter.rect_filled(corner, 0.0, p.accent);
    }
}

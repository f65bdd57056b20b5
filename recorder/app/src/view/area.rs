//! The part of the desktop that is recorded: drawn on a small picture of all of it.

use eframe::egui::{
    Color32, CornerRadius, Event, EventFilter, Image, Key, Modifiers, Pos2, Rect, RichText, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
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
        if let Some(area) = by_keys(ui, chosen, desktop) {
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

/// What the arrow keys make of an area, each with what was held when it was pressed: a frame may have taken its time. `None`: none
/// was pressed.
pub(super) fn by_keys(ui: &Ui, area: Area, desktop: Area) -> Option<Area> {
    let presses: Vec<(Key, Modifiers)> = ui.input(|i| {
        let presses = i.events.iter().filter_map(|event| match event {
            Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => Some((*key, *modifiers)),
            _ => None,
        });
        presses.collect()
    });
    let mut changed = None;
    for (key, held) in presses {
        let step = if held.ctrl { 2 } else { STEP };
        let by = match key {
            Key::ArrowLeft => (-step, 0),
            Key::ArrowRight => (step, 0),
            Key::ArrowUp => (0, -step),
            Key::ArrowDown => (0, step),
            _ => continue,
        };
        let change = if held.shift {
            area::resized
        } else {
            area::moved
        };
        changed = Some(change(changed.unwrap_or(area), by, desktop));
    }
    changed
}

/// The desktop as it lies in the window.
pub(super) struct Map {
    pub(super) rect: Rect,
    pub(super) desktop: Area,
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

    /// Wholly in `rect`, which has its proportions.
    pub(super) fn over(rect: Rect, desktop: Area) -> Self {
        Self {
            rect,
            desktop,
            scale: rect.width() / (desktop.width.max(1) as f32),
        }
    }

    pub(super) fn pixel(&self, at: Pos2) -> (i32, i32) {
        let from = (at - self.rect.min) / self.scale;
        (
            self.desktop.x + from.x.round() as i32,
            self.desktop.y + from.y.round() as i32,
        )
    }

    pub(super) fn place(&self, area: Area) -> Rect {
        let from = vec2(
            (area.x - self.desktop.x) as f32,
            (area.y - self.desktop.y) as f32,
        );
        let size = vec2(area.width as f32, area.height as f32);
        Rect::from_min_size(self.rect.min + from * self.scale, size * self.scale)
    }

    /// What lies above, below, left and right of `chosen`.
    pub(super) fn around(&self, chosen: Rect) -> [Rect; 4] {
        let all = self.rect;
        let (from, to) = (chosen.min, chosen.max);
        [
            Rect::from_min_max(all.min, pos2(all.max.x, from.y)),
            Rect::from_min_max(pos2(all.min.x, to.y), all.max),
            Rect::from_min_max(pos2(all.min.x, from.y), pos2(from.x, to.y)),
            Rect::from_min_max(pos2(to.x, from.y), pos2(all.max.x, to.y)),
        ]
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
        for part in self.around(chosen) {
            painter.rect_filled(part, CornerRadius::ZERO, dim);
        }
        let line = Stroke::new(2.0, p.accent);
        painter.rect_stroke(chosen, 0.0, line, StrokeKind::Inside);
        let corner = Rect::from_center_size(chosen.max - Vec2::splat(4.0), Vec2::splat(8.0));
        painter.rect_filled(corner, 0.0, p.accent);
    }
}
